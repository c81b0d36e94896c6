"""What ``tconsole --help`` says besides the options and commands."""

HELP = (
    "The operator's console for business processes on Temporal: watch orders, approvals and campaigns live, and act"
    " on them.\n\n"
    "Without options it starts an embedded Temporal server that keeps its state in the data folder, and the three"
    " workers. All consoles of a data folder share them, and they end when the last console has left. A server that is"
    " given is used instead. Where another one answers at localhost:7233, it is said whose it is: give --address to use"
    " it. Workers are started only where none poll."
)

EPILOG = """
[bold]Examples[/bold]

  uv run tconsole --demo                a living example, with sample data, in
                                        a folder of its own
  uv run tconsole demo reset            empty it
  uv run tconsole                       your own, empty at first
  uv run tconsole --address HOST:7233   your server
  uv run tconsole --profile prod --read-only
                                        only look, at the server of a profile
  uv run tconsole --open order-ORD-1    begin with that order
  uv run tconsole --web                 in a browser, on this machine
  uv run tconsole --workers-only        the workers alone, on any machine
  uv run temporal console               the same, through Temporal's command

Once installed on your path, without uv run.

[bold]Exit codes[/bold]

  0 done
  1 the answer is no (refused, not found, failed)
  2 wrong usage
  3 no server or no worker

[bold]Environment[/bold]

  TEMPORAL_…          the connection, see `temporal options`. Flags come
                      first, then these, then the profile of the TOML file
  TCONSOLE_DATA_DIR   folder for everything that is kept
  TCONSOLE_STORE_URL  SQLAlchemy URL of the store, SQLite or PostgreSQL
  TCONSOLE_…          all settings; the README has the table

[bold]Files[/bold]

  config.toml in the user's configuration folder: the settings
  in the data folder: temporal.sqlite (the server), store.sqlite, logs/
"""
