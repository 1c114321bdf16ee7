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

	/** The version of the table that is there, as an option. */
	const TABLE_OPTION = 'spoina_companion_table';
	const TABLE        = '1';

	/** The table of commands that were carried out. */
	public static function table() {
		global $wpdb;
		return $wpdb->prefix . 'spoina_commands';
	}

	/** Creates the table where it is missing: nothing is activated where files are replaced, a database is copied, or a network gets a new site. */
	public static function ensure_table() {
		global $wpdb;
		if ( self::TABLE === get_option( self::TABLE_OPTION ) ) {
			return;
		}
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
		update_option( self::TABLE_OPTION, self::TABLE );
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
		self::ensure_table();
		// Read before the transaction: what it reads first is what it would go on seeing, and that has to be the counts once they are locked.
		$counted = self::counted( $request['lines'] );
		// Not START TRANSACTION alone: should a deadlock undo it, what came after would stay.
		$wpdb->query( 'SET autocommit = 0' );
		$done = null;
		try {
			$done = self::change_once( $request['key'], $request['lines'], $counted );
		} finally {
			$wpdb->query( null === $done || is_wp_error( $done ) ? 'ROLLBACK' : 'COMMIT' );
			$wpdb->query( 'SET autocommit = 1' );
			self::forget_cached( $counted );
		}
		self::forget_old();
		return $done;
	}

	/**
	 * All of it, inside the transaction.
	 *
	 * @param string                                 $key     The command's key.
	 * @param array<int, array{id: int, delta: int}> $lines   What to change.
	 * @param array<int, int>                        $counted Who counts for each line's product, see counted().
	 * @return WP_REST_Response|WP_Error
	 */
	private static function change_once( $key, $lines, $counted ) {
		global $wpdb;
		$known = self::claim( $key, hash( 'sha256', wp_json_encode( $lines ) ) );
		if ( null !== $known ) {
			return $known;
		}
		$uncounted = array_search( 0, $counted, true );
		if ( false !== $uncounted ) {
			return new WP_Error( 'spoina_not_counted', "Nobody counts the stock of product $uncounted.", array( 'status' => 404 ) );
		}
		self::lock( $counted );
		$answer = self::apply( $lines );
		if ( 1 !== $wpdb->update( self::table(), array( 'answer' => wp_json_encode( $answer ) ), array( 'command_key' => $key ) ) ) {
			// The key's row is gone: the database has undone the beginning.
			return self::interrupted();
		}
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
		if ( false === $inserted ) {
			return self::interrupted();
		}
		$row = $wpdb->get_row( $wpdb->prepare( "SELECT digest, answer FROM $table WHERE command_key = %s", $key ) ); // phpcs:ignore WordPress.DB.PreparedSQL
		if ( ! $row || ! hash_equals( $row->digest, $digest ) ) {
			return new WP_Error( 'spoina_key_reused', 'This key came with other lines before.', array( 'status' => 409 ) );
		}
		return new WP_REST_Response( json_decode( $row->answer, true ) );
	}

	/** Nothing was changed; the same command may be sent again. */
	private static function interrupted() {
		return new WP_Error( 'spoina_interrupted', 'The database broke off the change, and nothing was changed. Send it again.', array( 'status' => 503 ) );
	}

	/**
	 * The number of the product that counts for each line's product: itself, or for a variation perhaps its parent; 0 where nobody counts.
	 *
	 * @param array<int, array{id: int, delta: int}> $lines What to change.
	 * @return array<int, int> By the numbers of the lines' products.
	 */
	private static function counted( $lines ) {
		$counted = array();
		foreach ( $lines as $line ) {
			$product                = wc_get_product( $line['id'] );
			$counted[ $line['id'] ] = $product && $product->managing_stock() ? $product->get_stock_managed_by_id() : 0;
		}
		return $counted;
	}

	/**
	 * Makes others wait who would change these counts. WooCommerce changes a count by an UPDATE relative to what it is at that moment, but reads
	 * it before that, for its answer and for "in stock" or "out of stock": without the lock both could be those of a moment ago. In the order of
	 * the numbers, so that two commands never wait for each other.
	 *
	 * @param array<int, int> $counted See counted().
	 */
	private static function lock( $counted ) {
		global $wpdb;
		$numbers = array_values( array_unique( $counted ) );
		$places  = implode( ', ', array_fill( 0, count( $numbers ), '%d' ) );
		$wpdb->query( $wpdb->prepare( "SELECT meta_id FROM $wpdb->postmeta WHERE meta_key = '_stock' AND post_id IN ( $places ) ORDER BY post_id FOR UPDATE", $numbers ) ); // phpcs:ignore WordPress.DB
	}

	/**
	 * Changes the counts.
	 *
	 * @param array<int, array{id: int, delta: int}> $lines What to change.
	 * @return array{lines: array<int, array{id: int, stock_quantity: int|float}>}
	 */
	private static function apply( $lines ) {
		$counts = array();
		foreach ( self::in_order( $lines ) as $line ) {
			$left     = wc_update_product_stock( $line['id'], abs( $line['delta'] ), $line['delta'] < 0 ? 'decrease' : 'increase' );
			$counts[] = array(
				'id'             => $line['id'],
				'stock_quantity' => $left,
			);
		}
		return array( 'lines' => $counts );
	}

	/**
	 * In the order of their numbers, as they are answered.
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

	/**
	 * What others have put into the shop's cache while the change was not yet to be seen, or what was undone.
	 *
	 * @param array<int, int> $counted See counted().
	 */
	private static function forget_cached( $counted ) {
		foreach ( array_filter( array_unique( $counted ) ) as $number ) {
			clean_post_cache( $number );
			WC_Cache_Helper::invalidate_cache_group( 'product_' . $number );
		}
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
