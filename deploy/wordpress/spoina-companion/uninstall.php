<?php
/**
 * Deleting the plugin leaves nothing behind but the references in orders, which are the shop's own history.
 *
 * @package SpoinaCompanion
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

global $wpdb;
delete_option( 'spoina_companion_connection' );
delete_option( 'spoina_companion_table' );
$wpdb->query( "DROP TABLE IF EXISTS {$wpdb->prefix}spoina_commands" ); // phpcs:ignore WordPress.DB
$wpdb->query( "DELETE FROM $wpdb->options WHERE option_name LIKE '\_transient\_spoina\_failures\_%' OR option_name LIKE '\_transient\_timeout\_spoina\_failures\_%'" ); // phpcs:ignore WordPress.DB
