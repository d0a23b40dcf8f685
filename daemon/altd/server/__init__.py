"""The HTTP server: routes, schemas, access control, events, the OpenAPI document."""
