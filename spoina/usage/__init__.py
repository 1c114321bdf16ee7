"""Which client uses which field of the GraphQL schema: counted in memory, kept by day, asked for before a field is removed."""
