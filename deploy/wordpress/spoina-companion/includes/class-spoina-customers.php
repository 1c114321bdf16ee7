<?php
/**
 * Is this the customer's password?
 *
 * @package SpoinaCompanion
 */

defined( 'ABSPATH' ) || exit;

/**
 * Customers keep the accounts they have in the shop; Spoina asks here when one signs in, and never keeps the password.
 */
class Spoina_Customers {

	/** So many wrong passwords for one login, then nobody until LOCKED_SECONDS have passed. */
	const MOST_FAILURES  = 10;
	const LOCKED_SECONDS = 900;

	/**
	 * POST wc-spoina/v1/customers/check: { "login": "name or address", "password": "…" }. Answers who it is, or nobody.
	 *
	 * An unknown login, a wrong password and a locked login get the same answer. The accounts of people who run the shop are never checked here:
	 * whoever could try their passwords would need no other way in.
	 *
	 * @param WP_REST_Request $request The request.
	 * @return array{customer: array{id: int, email: string, first_name: string, last_name: string}|null}
	 */
	public static function check( $request ) {
		$counter  = 'spoina_failures_' . md5( strtolower( $request['login'] ) );
		$failures = (int) get_transient( $counter );
		if ( $failures >= self::MOST_FAILURES ) {
			return array( 'customer' => null );
		}
		$user = wp_authenticate( $request['login'], $request['password'] );
		if ( is_wp_error( $user ) || self::runs_the_shop( $user ) ) {
			set_transient( $counter, $failures + 1, self::LOCKED_SECONDS );
			return array( 'customer' => null );
		}
		delete_transient( $counter );
		return array(
			'customer' => array(
				'id'         => $user->ID,
				'email'      => $user->user_email,
				'first_name' => $user->first_name,
				'last_name'  => $user->last_name,
			),
		);
	}

	/**
	 * Whether the account can do more than buy.
	 *
	 * @param WP_User $user The account.
	 * @return bool
	 */
	private static function runs_the_shop( $user ) {
		return user_can( $user, 'edit_posts' ) || user_can( $user, SPOINA_CAPABILITY ) || user_can( $user, 'list_users' );
	}

	/** What has to be sent. */
	public static function arguments() {
		$text = array(
			'type'      => 'string',
			'required'  => true,
			'minLength' => 1,
			'maxLength' => 200,
		);
		return array(
			'login'    => $text,
			'password' => array( 'maxLength' => 4096 ) + $text,
		);
	}
}
