<?php
/**
 * The whole catalogue in one answer.
 *
 * @package SpoinaCompanion
 */

defined( 'ABSPATH' ) || exit;

/**
 * Products or variations as JSON Lines, each line exactly as WooCommerce's own REST API shows it. They come by their numbers, upwards, and the
 * next page begins after the last number: unlike an offset, that costs the same on the thousandth page, and nothing that is deleted meanwhile
 * makes another be skipped.
 */
class Spoina_Export {

	/** What is prepared before it is sent, and forgotten after that: memory stays the same however large the shop is. */
	const AT_ONCE = 100;

	const KINDS = array(
		'products'   => array( 'product', '/wc/v3/products' ),
		'variations' => array( 'product_variation', '/wc/v3/variations' ),
	);

	/**
	 * GET wc-spoina/v1/export: `kind`, `after` (a number), `limit`, `_fields`. Ends the request itself, since WordPress would collect all of it
	 * in memory first.
	 *
	 * @param WP_REST_Request $request The request.
	 */
	public static function stream( $request ) {
		nocache_headers();
		header( 'Content-Type: application/x-ndjson' );
		header( 'X-Spoina-Read-At: ' . gmdate( 'Y-m-d\TH:i:s\Z' ) );
		while ( ob_get_level() ) {
			ob_end_clean();
		}
		$after = $request['after'];
		$left  = $request['limit'];
		while ( $left > 0 ) {
			$numbers = self::numbers( $request['kind'], $after, min( $left, self::AT_ONCE ) );
			if ( ! $numbers ) {
				break;
			}
			foreach ( self::items( $request['kind'], $numbers, (string) $request['_fields'] ) as $item ) {
				echo wp_json_encode( $item ), "\n"; // phpcs:ignore WordPress.Security.EscapeOutput
			}
			flush();
			$after = end( $numbers );
			$left -= count( $numbers );
		}
		// Whoever reads this line knows that nothing was cut off.
		echo wp_json_encode( array( 'last' => (int) $after ) ), "\n"; // phpcs:ignore WordPress.Security.EscapeOutput
		exit;
	}

	/**
	 * The next numbers, of every status but the trash.
	 *
	 * @param string $kind  products or variations.
	 * @param int    $after The last number that was read.
	 * @param int    $limit At most so many.
	 * @return int[]
	 */
	private static function numbers( $kind, $after, $limit ) {
		global $wpdb;
		$found = $wpdb->get_col(
			$wpdb->prepare(
				"SELECT ID FROM $wpdb->posts WHERE post_type = %s AND post_status NOT IN ('trash', 'auto-draft') AND ID > %d ORDER BY ID LIMIT %d",
				self::KINDS[ $kind ][0],
				$after,
				$limit
			)
		);
		return array_map( 'intval', $found );
	}

	/**
	 * As the REST API shows them. Its product controller prepares no more than the fields that are asked for; what others have added to that, and
	 * the controllers that prepare everything, are cut as WordPress does at the end of a request.
	 *
	 * @param string $kind    products or variations.
	 * @param int[]  $numbers Which.
	 * @param string $fields  The fields to show, as for _fields; "" for all.
	 * @return array<int, array<string, mixed>>
	 */
	private static function items( $kind, $numbers, $fields ) {
		$cut   = '' === $fields ? array() : array( '_fields' => $fields );
		$items = self::has_list( $kind ) ? self::listed( $kind, $numbers, $cut ) : self::each( $numbers, $cut );
		$asked = new WP_REST_Request( 'GET', self::KINDS[ $kind ][1] );
		$asked->set_query_params( $cut );
		wp_cache_flush_runtime();
		return rest_filter_response_fields( new WP_REST_Response( $items ), rest_get_server(), $asked )->get_data();
	}

	/**
	 * Whether WooCommerce has a list of all of these: of variations it has one since 10.3.
	 *
	 * @param string $kind products or variations.
	 * @return bool
	 */
	private static function has_list( $kind ) {
		static $routes = null;
		$routes        = $routes ?? rest_get_server()->get_routes( 'wc/v3' );
		return isset( $routes[ self::KINDS[ $kind ][1] ] );
	}

	/**
	 * From the list of all.
	 *
	 * @param string                $kind    products or variations.
	 * @param int[]                 $numbers Which.
	 * @param array<string, string> $cut     Which fields.
	 * @return array<int, array<string, mixed>>
	 */
	private static function listed( $kind, $numbers, $cut ) {
		$asked = array(
			'include'  => $numbers,
			'per_page' => self::AT_ONCE,
			'orderby'  => 'id',
			'order'    => 'asc',
			'status'   => 'any',
		);
		$items = self::ask( self::KINDS[ $kind ][1], $asked + $cut );
		if ( is_wp_error( $items ) ) {
			throw new RuntimeException( esc_html( $items->get_error_message() ) );
		}
		return $items;
	}

	/**
	 * Variations one by one, each below its product. One whose product is gone is in no list either.
	 *
	 * @param int[]                 $numbers Which.
	 * @param array<string, string> $cut     Which fields.
	 * @return array<int, array<string, mixed>>
	 */
	private static function each( $numbers, $cut ) {
		$items = array();
		foreach ( $numbers as $number ) {
			$item = self::ask( '/wc/v3/products/' . wp_get_post_parent_id( $number ) . "/variations/$number", $cut );
			if ( ! is_wp_error( $item ) ) {
				$items[] = $item;
			}
		}
		return $items;
	}

	/**
	 * The answer of WooCommerce's REST API.
	 *
	 * @param string               $path   Which route.
	 * @param array<string, mixed> $params The query.
	 * @return array|WP_Error
	 */
	private static function ask( $path, $params ) {
		$asked = new WP_REST_Request( 'GET', $path );
		$asked->set_query_params( $params );
		$answer = rest_do_request( $asked );
		return $answer->is_error() ? $answer->as_error() : rest_get_server()->response_to_data( $answer, false );
	}

	/** What may be asked. */
	public static function arguments() {
		return array(
			'kind'    => array(
				'type'     => 'string',
				'enum'     => array_keys( self::KINDS ),
				'required' => true,
			),
			'after'   => array(
				'type'    => 'integer',
				'minimum' => 0,
				'default' => 0,
			),
			'limit'   => array(
				'type'    => 'integer',
				'minimum' => 1,
				'maximum' => 10000,
				'default' => 1000,
			),
			'_fields' => array(
				'type'    => 'string',
				'default' => '',
			),
		);
	}
}
