"""What every process of tconsole needs: connection, settings, logs, search attributes, health, exit."""
