<?php
/**
 * Plugin Name:       Spoina Companion
 * Description:       Tells Spoina at once what changes in the shop, and answers what WooCommerce's own REST API cannot: atomic stock changes, orders by reference, a streamed export, password checks.
 * Version:           1.0.0
 * Requires at least: 6.5
 * Requires PHP:      7.4
 * Requires Plugins:  woocommerce
 * WC requires at least: 8.2
 * WC tested up to:   10.5
 * Author:            Spoina
 * License:           GPL-2.0-or-later
 * License URI:       https://www.gnu.org/licenses/gpl-2.0.html
 * Text Domain:       spoina-companion
 *
 * Spoina works without this plugin: everything here makes it faster or surer, nothing here is the only way.
 *
 *   includes/class-spoina-notices.php     what changed, sent signed when the request that changed it is over
 *   includes/class-spoina-routes.php      wc-spoina/v1: the routes and who may call them
 *   includes/class-spoina-stock.php       atomic stock changes, each applied once
 *   includes/class-spoina-export.php      products and variations as JSON Lines
 *   includes/class-spoina-customers.php   is this the customer's password?
 *   includes/class-spoina-settings.php    the page WooCommerce → Spoina
 *
 * @package SpoinaCompanion
 */

defined( 'ABSPATH' ) || exit;

const SPOINA_COMPANION_VERSION = '1.0.0';

/** Where Spoina is and the secret that notices are signed with: array( 'url' => string, 'secret' => string ). */
const SPOINA_CONNECTION = 'spoina_companion_connection';

/** The order meta that holds Spoina's own reference of an order. */
const SPOINA_REFERENCE = '_spoina_reference';

/** The capability that everything here asks for: the one of shop managers. */
const SPOINA_CAPABILITY = 'manage_woocommerce';

/** Spoina reads and writes orders through WooCommerce's own objects only, so it does not matter where they are kept. */
add_action(
	'before_woocommerce_init',
	static function () {
		if ( class_exists( \Automattic\WooCommerce\Utilities\FeaturesUtil::class ) ) {
			\Automattic\WooCommerce\Utilities\FeaturesUtil::declare_compatibility( 'custom_order_tables', __FILE__, true );
		}
	}
);

register_activation_hook(
	__FILE__,
	static function () {
		require_once __DIR__ . '/includes/class-spoina-stock.php';
		Spoina_Stock::ensure_table();
	}
);

add_action(
	'plugins_loaded',
	static function () {
		if ( ! class_exists( 'WooCommerce' ) ) {
			return;
		}
		foreach ( array( 'notices', 'stock', 'export', 'customers', 'routes', 'settings' ) as $part ) {
			require_once __DIR__ . "/includes/class-spoina-$part.php";
		}
		( new Spoina_Notices() )->listen();
		( new Spoina_Routes() )->listen();
		( new Spoina_Settings() )->listen();
	}
);
