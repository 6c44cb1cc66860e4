"""The command line: `cleanbill …`. In: arguments and files. Out: tables and trees, or JSON."""


def main() -> None:
    """Run the command line; heavy parts are imported only by the command that needs them."""
    from cleanbill.shells.cli.app import app

    app()
