"""Several processes open a store that is not there yet, at the same moment."""

import threading

from stages.persist.database import open_for_writing


def test_many_may_make_a_store_at_once(tmp_path):
    """One makes it, the others wait for that and find it made."""
    for round_ in range(10):
        path = tmp_path / f"{round_}.db"
        start = threading.Barrier(8)
        faults: list[BaseException] = []

        def opened(path=path, start=start, faults=faults):
            start.wait()
            try:
                open_for_writing(path, lock_wait_ms=10_000)[0].close()
            except BaseException as error:
                faults.append(error)

        threads = [threading.Thread(target=opened) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert faults == []
