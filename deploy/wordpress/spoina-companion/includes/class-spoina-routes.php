<?php
/**
 * The routes under wc-spoina/v1, and who may call them.
 *
 * @package SpoinaCompanion
 */

defined( 'ABSPATH' ) || exit;

/**
 * The namespace begins with "wc-" on purpose: WooCommerce's own keys are good for its own API and for namespaces of that form, so Spoina needs no
 * other key than the one it has. WooCommerce also holds a key to its permission: one that may only read cannot POST or PUT here either.
 */
class Spoina_Routes {

	const NAME = 'wc-spoina/v1';

	/** Registers the hooks. */
	public function listen() {
		add_action( 'rest_api_init', array( $this, 'register' ) );
		add_filter( 'woocommerce_order_data_store_cpt_get_orders_query', array( $this, 'by_reference' ), 10, 2 );
	}

	/** Registers the routes. All of them are for shop managers. */
	public function register() {
		$this->route( '/status', 'GET', array( $this, 'status' ), array() );
		$this->route( '/connection', 'PUT', array( $this, 'connect' ), self::connection_arguments() );
		$this->route( '/connection', 'DELETE', array( $this, 'disconnect' ), array() );
		$this->route( '/orders', 'GET', array( $this, 'orders' ), array( 'reference' => self::text( 1, 200 ) ) );
		$this->route( '/stock', 'POST', array( 'Spoina_Stock', 'change' ), Spoina_Stock::arguments() );
		$this->route( '/export', 'GET', array( 'Spoina_Export', 'stream' ), Spoina_Export::arguments() );
		$this->route( '/customers/check', 'POST', array( 'Spoina_Customers', 'check' ), Spoina_Customers::arguments() );
	}

	/**
	 * One route.
	 *
	 * @param string   $path      Below the namespace.
	 * @param string   $method    The HTTP method.
	 * @param callable $callback  What answers.
	 * @param array    $arguments Their schema; WordPress refuses what does not fit before the callback runs.
	 */
	private function route( $path, $method, $callback, $arguments ) {
		register_rest_route(
			self::NAME,
			$path,
			array(
				'methods'             => $method,
				'callback'            => $callback,
				'permission_callback' => static function () {
					return current_user_can( SPOINA_CAPABILITY );
				},
				'args'                => $arguments,
			)
		);
	}

	/** What is here. The secret is never told. */
	public function status() {
		$connection = get_option( SPOINA_CONNECTION );
		return array(
			'version'     => SPOINA_COMPANION_VERSION,
			'woocommerce' => WC()->version,
			'notices_to'  => is_array( $connection ) ? $connection['url'] : null,
		);
	}

	/**
	 * Where notices go from now on.
	 *
	 * @param WP_REST_Request $request The request.
	 */
	public function connect( $request ) {
		$url = esc_url_raw( $request['url'], array( 'http', 'https' ) );
		if ( '' === $url ) {
			return new WP_Error( 'rest_invalid_param', 'url is no http or https address.', array( 'status' => 400 ) );
		}
		update_option(
			SPOINA_CONNECTION,
			array(
				'url'    => $url,
				'secret' => $request['secret'],
			)
		);
		return $this->status();
	}

	/** No notices any more. */
	public function disconnect() {
		delete_option( SPOINA_CONNECTION );
		return $this->status();
	}

	/**
	 * The orders that carry a reference of Spoina's; more than one would be a mistake, and is told.
	 *
	 * @param WP_REST_Request $request The request.
	 * @return array<int, array{id: int, status: string, order_key: string, total: string}>
	 */
	public function orders( $request ) {
		$asked = array(
			'limit'   => 10,
			'orderby' => 'ID',
			'order'   => 'ASC',
			'type'    => 'shop_order',
			'status'  => array_merge( array_keys( wc_get_order_statuses() ), array( 'trash' ) ),
		);
		$where = array(
			array(
				'key'   => SPOINA_REFERENCE,
				'value' => $request['reference'],
			),
		);
		// Where orders are posts, WooCommerce ignores meta_query and wants a filter of one's own instead: by_reference.
		$in_tables = \Automattic\WooCommerce\Utilities\OrderUtil::custom_orders_table_usage_is_enabled();
		$asked    += $in_tables ? array( 'meta_query' => $where ) : array( 'spoina_reference' => $where ); // phpcs:ignore WordPress.DB.SlowDBQuery
		return array_map(
			static function ( $order ) {
				return array(
					'id'        => $order->get_id(),
					'status'    => $order->get_status(),
					'order_key' => $order->get_order_key(),
					'total'     => $order->get_total(),
				);
			},
			wc_get_orders( $asked )
		);
	}

	/**
	 * Orders by reference, where they are posts.
	 *
	 * @param array $query WP_Query's arguments.
	 * @param array $asked What wc_get_orders was asked.
	 * @return array
	 */
	public function by_reference( $query, $asked ) {
		if ( ! empty( $asked['spoina_reference'] ) ) {
			$query['meta_query'] = array_merge( $query['meta_query'] ?? array(), $asked['spoina_reference'] ); // phpcs:ignore WordPress.DB.SlowDBQuery
		}
		return $query;
	}

	/** Where to, and a secret that cannot be guessed. */
	private static function connection_arguments() {
		return array(
			'url'    => array( 'format' => 'uri' ) + self::text( 1, 2000 ),
			'secret' => self::text( 32, 200 ),
		);
	}

	/**
	 * A text of so many characters that has to be there.
	 *
	 * @param int $shortest The least.
	 * @param int $longest  The most.
	 * @return array<string, mixed>
	 */
	private static function text( $shortest, $longest ) {
		return array(
			'type'      => 'string',
			'required'  => true,
			'minLength' => $shortest,
			'maxLength' => $longest,
		);
	}
}
