"""A client in a process of its own, which works from the beginning of a block to its end."""

import multiprocessing


class Client:
    """Runs `work(*arguments, warm, stop, results)` in a process of its own.

    `work` sets the event `warm` when what it does may be measured, ends soon after the event `stop` is set, and then sends
    when each thing that it did began and ended, which `times` has after the block.
    """

    def __init__(self, work, *arguments):
        context = multiprocessing.get_context("spawn")
        self.warm, self.stop = context.Event(), context.Event()
        self.results, results = context.Pipe(duplex=False)
        self.process = context.Process(target=work, args=(*arguments, self.warm, self.stop, results), daemon=True)

    def __enter__(self):
        self.process.start()
        while not self.warm.wait(0.5):
            self.ensure_alive()
        return self

    def __exit__(self, *failure):
        self.stop.set()
        while not self.results.poll(0.5):
            self.ensure_alive()
        self.times = self.results.recv()
        self.process.join()

    def ensure_alive(self):
        if not self.process.is_alive():
            raise SystemExit("the client has failed")

    def durations(self, begin, end):
        """How long each thing took that it did at some time between the two."""
        return [ended - began for began, ended in self.times if ended > begin and began < end]
