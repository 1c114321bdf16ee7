<?php
/**
 * What changed, told to Spoina when the request that changed it is over.
 *
 * @package SpoinaCompanion
 */

defined( 'ABSPATH' ) || exit;

/**
 * Collects numbers while a request runs and sends them in one notice at its end.
 *
 * A notice names what changed and says nothing about it: Spoina reads it again through the REST API. So a notice that is lost, doubled or late
 * does no harm, and nothing here waits for an answer: a checkout is not slower because Spoina is away.
 */
class Spoina_Notices {

	/** More than this in one request (an import, a bulk edit) goes in several notices. */
	const MOST_NUMBERS = 500;

	/**
	 * Numbers by kind, as keys so that each is told once.
	 *
	 * @var array<string, array<int, true>>
	 */
	private $changed = array();

	/** Registers the hooks. Products and orders announce themselves with their object or their number, depending on the hook. */
	public function listen() {
		$hooks = array(
			'products'  => array(
				'woocommerce_new_product',
				'woocommerce_update_product',
				'woocommerce_new_product_variation',
				'woocommerce_update_product_variation',
				// Sales change stock by these alone: no product is saved then.
				'woocommerce_product_set_stock',
				'woocommerce_variation_set_stock',
				'woocommerce_updated_product_stock',
				'woocommerce_updated_product_price',
				'woocommerce_updated_product_sales',
			),
			'orders'    => array(
				'woocommerce_new_order',
				'woocommerce_update_order',
				'woocommerce_order_status_changed',
				'woocommerce_order_refunded',
				'woocommerce_before_delete_order',
				'woocommerce_trash_order',
				'woocommerce_untrash_order',
			),
			'coupons'   => array( 'woocommerce_new_coupon', 'woocommerce_update_coupon', 'woocommerce_delete_coupon', 'woocommerce_trash_coupon' ),
			'customers' => array( 'woocommerce_created_customer', 'woocommerce_update_customer', 'delete_user' ),
		);
		foreach ( $hooks as $kind => $names ) {
			foreach ( $names as $name ) {
				add_action( $name, $this->noting( $kind ) );
			}
		}
		foreach ( array( 'wp_trash_post', 'untrashed_post', 'before_delete_post' ) as $name ) {
			add_action( $name, array( $this, 'note_post' ) );
		}
		add_action( 'woocommerce_order_note_added', array( $this, 'note_order' ), 10, 2 );
		add_filter( 'woocommerce_pre_delete_order_refund', array( $this, 'note_refund' ), 10, 2 );
		add_action( 'shutdown', array( $this, 'send' ), 100 );
	}

	/**
	 * A callback that notes its first argument down.
	 *
	 * @param string $kind The kind of number.
	 * @return callable
	 */
	private function noting( $kind ) {
		return function ( $first ) use ( $kind ) {
			$this->note( $kind, $first );
		};
	}

	/**
	 * A note on an order (a parcel's number, say) does not change the order, so nothing else tells of it.
	 *
	 * @param int      $note_id The note's number.
	 * @param WC_Order $order   Its order.
	 */
	public function note_order( $note_id, $order ) {
		$this->note( 'orders', $order );
	}

	/**
	 * A refund that is about to be deleted is news of its order. Of the hooks on this only the filter tells which order that is, wherever the
	 * deletion was asked for.
	 *
	 * @param mixed           $check  Null, unless somebody forbids it; passed on.
	 * @param WC_Order_Refund $refund The refund.
	 * @return mixed
	 */
	public function note_refund( $check, $refund ) {
		$this->note( 'orders', $refund->get_parent_id() );
		return $check;
	}

	/**
	 * Notes a number, or the number of an object. A variation is told with its product, whose prices and stock it is part of.
	 *
	 * @param string     $kind   The kind of number.
	 * @param int|object $either The number or the object.
	 */
	private function note( $kind, $either ) {
		$number = is_object( $either ) && is_callable( array( $either, 'get_id' ) ) ? $either->get_id() : (int) $either;
		if ( $number <= 0 ) {
			return;
		}
		$this->changed[ $kind ][ $number ] = true;
		$parent                            = 'products' === $kind ? wp_get_post_parent_id( $number ) : 0;
		if ( $parent ) {
			$this->changed['products'][ $parent ] = true;
		}
	}

	/**
	 * Posts that go to the trash, come back or are deleted; WooCommerce has no hook of its own for all of these.
	 *
	 * @param int $post_id The post's number.
	 */
	public function note_post( $post_id ) {
		$kinds = array(
			'product'           => 'products',
			'product_variation' => 'products',
			'shop_order'        => 'orders',
			'shop_coupon'       => 'coupons',
		);
		$type  = get_post_type( $post_id );
		if ( isset( $kinds[ $type ] ) ) {
			$this->note( $kinds[ $type ], $post_id );
		}
	}

	/**
	 * How long sending may take, in seconds: WordPress waits for the connection and for PHP to have written to it, although for no answer.
	 * Where PHP runs neither under FPM nor LiteSpeed, the visitor waits as well.
	 */
	const PATIENCE_AFTER_ANSWER  = 2;
	const PATIENCE_BEFORE_ANSWER = 1;

	/** Sends what was collected. */
	public function send() {
		$connection = get_option( SPOINA_CONNECTION );
		if ( ! $this->changed || ! is_array( $connection ) || empty( $connection['url'] ) ) {
			return;
		}
		$patience = self::has_answered() ? self::PATIENCE_AFTER_ANSWER : self::PATIENCE_BEFORE_ANSWER;
		$changed       = $this->changed;
		$this->changed = array();
		foreach ( self::in_parts( $changed ) as $part ) {
			self::post( $connection, $part, $patience );
		}
	}

	/** Lets the visitor have his answer, where PHP can do that before the request is over; whether it could. */
	private static function has_answered() {
		foreach ( array( 'fastcgi_finish_request', 'litespeed_finish_request' ) as $finish ) {
			if ( function_exists( $finish ) ) {
				return $finish();
			}
		}
		return false;
	}

	/**
	 * Notices of at most MOST_NUMBERS numbers each.
	 *
	 * @param array<string, array<int, true>> $changed Numbers by kind.
	 * @return array<int, array<string, int[]>>
	 */
	private static function in_parts( $changed ) {
		$parts = array();
		foreach ( $changed as $kind => $numbers ) {
			foreach ( array_chunk( array_keys( $numbers ), self::MOST_NUMBERS ) as $place => $some ) {
				$parts[ $place ][ $kind ] = $some;
			}
		}
		return $parts;
	}

	/**
	 * One signed POST that nobody waits for: HMAC-SHA256 over "time.body", so that an old notice cannot be sent again later.
	 *
	 * @param array{url: string, secret: string} $connection Where to and the secret.
	 * @param array<string, int[]>               $numbers    Numbers by kind.
	 * @param int                                $patience   Seconds, at least one: WordPress knows no less.
	 */
	private static function post( $connection, $numbers, $patience ) {
		$body = wp_json_encode( array( 'id' => wp_generate_uuid4() ) + $numbers );
		$time = (string) time();
		wp_remote_post(
			$connection['url'],
			array(
				'body'        => $body,
				'headers'     => array(
					'Content-Type'       => 'application/json',
					'X-Spoina-Timestamp' => $time,
					'X-Spoina-Signature' => hash_hmac( 'sha256', "$time.$body", $connection['secret'] ),
				),
				'blocking'    => false,
				'timeout'     => $patience,
				'redirection' => 0,
			)
		);
	}
}
