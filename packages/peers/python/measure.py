"""One launch of one PyTorch peer: warm up, take samples, write JSON lines to standard output.

A peer script builds the official network and hands `main` a function; everything that is the same
for all peers is here. A sample is as in the product: as many steps as last 100 ms, ended by a read
of the loss (train) or of one output value (infer).
"""

import argparse
import json
import math
import os
import platform
import sys
import time

import numpy
import torch

import golden

MIN_SAMPLE_MS = 100


def main(make, check):
    """`make(model)` builds the peer of a model; `check(model)` returns what its golden file is made of: a function
    that builds the peer without anything random, the case and what the file's `build` says besides the model."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True, metavar="PLUGIN/MODEL")
    parser.add_argument("--threads", required=True, type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--golden", metavar="FILE", help="write a golden file instead of measuring")
    parser.add_argument("--job", metavar="FILE", help="what to measure: phase, parameters and inputs as this project has them")
    parser.add_argument("--samples", type=int, default=8)
    parser.add_argument("--warmup", type=int, default=3)
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    plugin, model = options.model.split("/")
    if options.golden:
        peer, case, more = check(model)
        golden.write(options.golden, {"plugin": plugin, "model": model, **more}, peer, case)
        return
    with open(options.job, encoding="utf-8") as file:
        job = json.load(file)
    peer = make(model)
    compare_parameters(peer, job["parameters"])
    step = step_of(peer, job["phase"], read_inputs(job))

    for _ in range(options.warmup):
        warm_ms = timed(step, 1)
    steps = max(1, -(-MIN_SAMPLE_MS // max(1, int(warm_ms))))
    for _ in range(options.samples):
        emit({"sampleMs": timed(step, steps), "steps": steps})
    peak, method = peak_memory()
    emit({"peakMiB": peak, "memoryMethod": method, "software": software(), "operatorMs": operator_times(step)})


def compare_parameters(peer, rows):
    """Both sides train the same: every parameter's name and shape. Ends the process with one line where they do not."""
    theirs = {name: tuple(shape) for name, shape in rows}
    here = {peer.official(name): tuple(p.shape) for name, p in peer.net.named_parameters() if p.requires_grad}
    odd = sorted(name for name in {*theirs, *here} if theirs.get(name) != here.get(name))
    if odd:
        count = lambda shapes: sum(math.prod(shape) for shape in shapes.values())
        sys.exit(
            f"{count(here)} parameters in PyTorch, {count(theirs)} here; {len(odd)} differ, the first: "
            f"{odd[0]} is {here.get(odd[0])} in PyTorch, {theirs.get(odd[0])} here"
        )


def read_inputs(job):
    """Inputs by name, from the raw file that the job names."""
    return {
        name: torch.from_numpy(
            numpy.fromfile(job["data"], dtype=dtype, count=math.prod(shape), offset=offset).reshape(shape)
        )
        for name, shape, dtype, offset in job["inputs"]
    }


def step_of(peer, phase, inputs):
    """One step, ended by a read of its first value."""
    if phase == "online":
        return lambda: next(iter(peer.online(inputs).values())).item()
    if phase == "infer":

        def infer():
            with torch.inference_mode():
                return next(iter(peer.infer(inputs).values())).flatten()[0].item()

        return infer
    count = 0

    def train():
        nonlocal count
        count += 1
        return next(iter(peer.update({**inputs, "step": count}).values())).item()

    return train


def timed(step, steps):
    """Wall time of `steps` steps in ms; each step ends by reading its value."""
    start = time.perf_counter()
    for _ in range(steps):
        step()
    return (time.perf_counter() - start) * 1000


def operator_times(step):
    """Time of one more step by operation, in ms, each without the operations that it calls."""
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
        step()
    return {event.key: event.self_cpu_time_total / 1000 for event in profile.key_averages()}


def peak_memory():
    """Peak resident memory of this process in MiB with its method; (None, reason) where the system keeps none."""
    if os.path.exists("/proc/self/status"):
        # Not getrusage: on Linux its maximum is inherited from the parent through exec.
        with open("/proc/self/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) / 1024, "VmHWM of /proc/self/status"
    if platform.system() == "Darwin":
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, "ru_maxrss of getrusage"
    return None, "no peak resident memory on this system"


def software():
    """Version and CPU code path of PyTorch, and the vendor library behind its matrix products."""
    blas = "MKL" if torch.backends.mkl.is_available() else "no MKL"
    return f"PyTorch {torch.__version__} ({torch.backends.cpu.get_cpu_capability()}, {blas})"


def emit(record):
    print(json.dumps(record), flush=True)
