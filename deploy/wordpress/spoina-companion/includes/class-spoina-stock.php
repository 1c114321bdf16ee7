<?php
/**
 * Stock changed by a difference, never set to a number: sales that happen at the same moment stay counted.
 *
 * @package SpoinaCompanion
 */

defined( 'ABSPATH' ) || exit;

/**
 * Applies each command once, however often it is sent.
 */
class Spoina_Stock {

	const MOST_LINES = 200;

	/** Answers are kept this long for a command that is sent again. */
	const KEPT_DAYS = 30;

	/** The table of commands that were carried out. */
	public static function table() {
		global $wpdb;
		return $wpdb->prefix . 'spoina_commands';
	}

	/** Creates the table, when the plugin is activated. */
	public static function create_table() {
		global $wpdb;
		require_once ABSPATH . 'wp-admin/includes/upgrade.php';
		$table = self::table();
		dbDelta(
			"CREATE TABLE $table (
				command_key varchar(191) NOT NULL,
				digest char(64) NOT NULL,
				answer longtext NULL,
				created_gmt datetime NOT NULL,
				PRIMARY KEY  (command_key),
				KEY created_gmt (created_gmt)
			) ENGINE=InnoDB {$wpdb->get_charset_collate()};"
		);
	}

	/**
	 * POST wc-spoina/v1/stock: { "key": "…", "lines": [ { "id": 12, "delta": -2 }, … ] }. Answers the counts afterwards.
	 *
	 * The row of the key is inserted first, in the same transaction as the changes: a second request with that key waits for the first and finds
	 * its answer, and a request that dies leaves neither a row nor a change.
	 *
	 * @param WP_REST_Request $request The request.
	 * @return WP_REST_Response|WP_Error
	 */
	public static function change( $request ) {
		global $wpdb;
		$lines  = $request['lines'];
		$key    = $request['key'];
		$digest = hash( 'sha256', wp_json_encode( $lines ) );
		$wpdb->query( 'START TRANSACTION' );
		try {
			$known = self::claim( $key, $digest );
			if ( null !== $known ) {
				$wpdb->query( 'ROLLBACK' );
				return $known;
			}
			$answer = self::apply( $lines );
			if ( is_wp_error( $answer ) ) {
				$wpdb->query( 'ROLLBACK' );
				return $answer;
			}
			$wpdb->update( self::table(), array( 'answer' => wp_json_encode( $answer ) ), array( 'command_key' => $key ) );
			$wpdb->query( 'COMMIT' );
		} catch ( Throwable $failure ) {
			$wpdb->query( 'ROLLBACK' );
			throw $failure;
		}
		self::forget_old();
		return new WP_REST_Response( $answer );
	}

	/**
	 * Takes the key. Null: it was free; else what its first use was answered, or an error for another body under the same key.
	 *
	 * @param string $key    The command's key.
	 * @param string $digest The digest of its lines.
	 * @return WP_REST_Response|WP_Error|null
	 */
	private static function claim( $key, $digest ) {
		global $wpdb;
		$table    = self::table();
		$inserted = $wpdb->query(
			$wpdb->prepare(
				"INSERT IGNORE INTO $table (command_key, digest, created_gmt) VALUES (%s, %s, %s)", // phpcs:ignore WordPress.DB.PreparedSQL
				$key,
				$digest,
				gmdate( 'Y-m-d H:i:s' )
			)
		);
		if ( 1 === $inserted ) {
			return null;
		}
		$row = $wpdb->get_row( $wpdb->prepare( "SELECT digest, answer FROM $table WHERE command_key = %s", $key ) ); // phpcs:ignore WordPress.DB.PreparedSQL
		if ( ! $row || ! hash_equals( $row->digest, $digest ) ) {
			return new WP_Error( 'spoina_key_reused', 'This key came with other lines before.', array( 'status' => 409 ) );
		}
		return new WP_REST_Response( json_decode( $row->answer, true ) );
	}

	/**
	 * All lines or none. WooCommerce changes the count in one UPDATE relative to what it is at that moment.
	 *
	 * @param array<int, array{id: int, delta: int}> $lines What to change.
	 * @return array{lines: array<int, array{id: int, stock_quantity: int|float}>}|WP_Error
	 */
	private static function apply( $lines ) {
		$counts = array();
		foreach ( self::in_order( $lines ) as $line ) {
			$product = wc_get_product( $line['id'] );
			if ( ! $product || ! $product->managing_stock() ) {
				return new WP_Error( 'spoina_not_counted', "Nobody counts the stock of product {$line['id']}.", array( 'status' => 404 ) );
			}
			$left     = wc_update_product_stock( $product, abs( $line['delta'] ), $line['delta'] < 0 ? 'decrease' : 'increase' );
			$counts[] = array(
				'id'             => $line['id'],
				'stock_quantity' => $left,
			);
		}
		return array( 'lines' => $counts );
	}

	/**
	 * In the order of their numbers, so that two commands never wait for each other.
	 *
	 * @param array<int, array{id: int, delta: int}> $lines What to change.
	 * @return array<int, array{id: int, delta: int}>
	 */
	private static function in_order( $lines ) {
		usort(
			$lines,
			static function ( $one, $other ) {
				return $one['id'] <=> $other['id'];
			}
		);
		return $lines;
	}

	/** Forgets commands of long ago. */
	private static function forget_old() {
		global $wpdb;
		$table = self::table();
		$wpdb->query( $wpdb->prepare( "DELETE FROM $table WHERE created_gmt < %s LIMIT 100", gmdate( 'Y-m-d H:i:s', time() - self::KEPT_DAYS * DAY_IN_SECONDS ) ) ); // phpcs:ignore WordPress.DB.PreparedSQL
	}

	/** What the lines have to look like. */
	public static function arguments() {
		return array(
			'key'   => array(
				'type'      => 'string',
				'required'  => true,
				'minLength' => 8,
				'maxLength' => 191,
			),
			'lines' => array(
				'type'     => 'array',
				'required' => true,
				'minItems' => 1,
				'maxItems' => self::MOST_LINES,
				'items'    => array(
					'type'                 => 'object',
					'additionalProperties' => false,
					'properties'           => array(
						'id'    => array(
							'type'     => 'integer',
							'required' => true,
							'minimum'  => 1,
						),
						'delta' => array(
							'type'     => 'integer',
							'required' => true,
							'minimum'  => -1000000,
							'maximum'  => 1000000,
						),
					),
				),
			),
		);
	}
}
