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

	/** What is prepared before it is sent: memory stays the same however large the shop is. */
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
		wp_suspend_cache_addition( true );
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
	 * As the REST API shows them. Its controllers prepare no more than the fields that are asked for.
	 *
	 * @param string $kind    products or variations.
	 * @param int[]  $numbers Which.
	 * @param string $fields  The fields to show, as for _fields; "" for all.
	 * @return array<int, array<string, mixed>>
	 */
	private static function items( $kind, $numbers, $fields ) {
		$asked = new WP_REST_Request( 'GET', self::KINDS[ $kind ][1] );
		$asked->set_query_params(
			array(
				'include'  => $numbers,
				'per_page' => self::AT_ONCE,
				'orderby'  => 'id',
				'order'    => 'asc',
				'status'   => 'any',
			) + ( '' === $fields ? array() : array( '_fields' => $fields ) )
		);
		$answer = rest_do_request( $asked );
		if ( $answer->is_error() ) {
			throw new RuntimeException( $answer->as_error()->get_error_message() );
		}
		$items = rest_get_server()->response_to_data( $answer, false );
		wp_cache_flush_runtime();
		return $items;
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
