"""What a command needs beside a name to go on with a stored run: where the store is, and which secrets must be given again."""

import shlex

from pipeline.config.paths import store_path
from pipeline.config.stored import how_to_give, read_settings
from stages.persist import RunRow, Store


def store_option(store: Store) -> str:
    """`` --store FILE`` where that is not the default one, else nothing."""
    return "" if store.path.absolute() == store_path().absolute() else f" --store {shlex.quote(str(store.path))}"


def options_again(store: Store, run: RunRow) -> str:
    """The options for ``run --resume``, ``replay`` and ``cleanup``, each with a blank before it."""
    withheld = read_settings(run.request.settings).withheld if run.request is not None else []
    given = dict.fromkeys(how_to_give(path) for path in withheld)
    return store_option(store) + "".join(f" {option}" for option in given)
