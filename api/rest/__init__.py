"""The REST routes: health and metrics, the webhook entrance, what staff look into, and the documentation."""
