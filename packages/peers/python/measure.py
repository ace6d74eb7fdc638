"""One launch of one PyTorch peer: warm up, take samples, write JSON lines to standard output.

A peer script builds the official network and hands `main` a function; everything that is the same
for all peers is here. A sample is as in the product: as many steps as last 100 ms, ended by a read
of the loss (train) or of one output value (infer).
"""

import argparse
import json
import os
import platform
import time

import torch

MIN_SAMPLE_MS = 100


def main(build, write_golden):
    """`build(model, batch, phase)` returns a function that does one step and returns a scalar as a float;
    `write_golden(path, model, batch)` writes what the same network computes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--phase", choices=["train", "infer"])
    parser.add_argument("--batch", required=True, type=int)
    parser.add_argument("--threads", required=True, type=int)
    parser.add_argument("--samples", type=int, default=8)
    parser.add_argument("--warmup", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--golden", metavar="FILE", help="write a golden file instead of measuring")
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    if options.golden:
        write_golden(options.golden, options.model, options.batch)
        return
    step = build(options.model, options.batch, options.phase)

    for _ in range(options.warmup):
        warm_ms = timed(step, 1)
    steps = max(1, -(-MIN_SAMPLE_MS // max(1, int(warm_ms))))
    for _ in range(options.samples):
        emit({"sampleMs": timed(step, steps), "steps": steps})
    peak, method = peak_memory()
    emit({"peakMiB": peak, "memoryMethod": method, "software": software()})


def timed(step, steps):
    """Wall time of `steps` steps in ms; each step ends by reading its value."""
    start = time.perf_counter()
    for _ in range(steps):
        step()
    return (time.perf_counter() - start) * 1000


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
