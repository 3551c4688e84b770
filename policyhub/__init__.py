"""The Django project: settings and entry points. The application itself is `reviews`."""
