<?php
/**
 * The page WooCommerce → Spoina: where notices go, and a button that ends it.
 *
 * @package SpoinaCompanion
 */

defined( 'ABSPATH' ) || exit;

/**
 * Spoina connects itself with its REST key, so there is nothing to enter here.
 */
class Spoina_Settings {

	const ACTION = 'spoina_disconnect';
	const PAGE   = 'spoina-companion';

	/** Registers the hooks. */
	public function listen() {
		add_action(
			'admin_menu',
			function () {
				add_submenu_page( 'woocommerce', 'Spoina', 'Spoina', SPOINA_CAPABILITY, self::PAGE, array( $this, 'show' ) );
			}
		);
		add_action( 'admin_post_' . self::ACTION, array( $this, 'disconnect' ) );
	}

	/** The page. */
	public function show() {
		$connection = get_option( SPOINA_CONNECTION );
		echo '<div class="wrap"><h1>Spoina</h1>';
		if ( ! is_array( $connection ) ) {
			printf( '<p>%s</p></div>', esc_html__( 'Not connected yet. Spoina connects itself as soon as it is started with a key of this shop (Settings → Advanced → REST API).', 'spoina-companion' ) );
			return;
		}
		/* translators: %s: an address */
		printf( '<p>%s</p>', esc_html( sprintf( __( 'Changes are told to %s.', 'spoina-companion' ), $connection['url'] ) ) );
		printf( '<form method="post" action="%s">', esc_url( admin_url( 'admin-post.php' ) ) );
		printf( '<input type="hidden" name="action" value="%s">', esc_attr( self::ACTION ) );
		wp_nonce_field( self::ACTION );
		submit_button( __( 'Disconnect', 'spoina-companion' ), 'secondary' );
		echo '</form></div>';
	}

	/** The button. The nonce shows that the page itself was used, and not a link that somebody made a manager click. */
	public function disconnect() {
		check_admin_referer( self::ACTION );
		if ( ! current_user_can( SPOINA_CAPABILITY ) ) {
			wp_die( esc_html__( 'You may not do this.', 'spoina-companion' ), 403 );
		}
		delete_option( SPOINA_CONNECTION );
		wp_safe_redirect( admin_url( 'admin.php?page=' . self::PAGE ) );
		exit;
	}
}
