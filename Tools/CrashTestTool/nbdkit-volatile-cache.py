# A disk for nbdkit with a volatile cache: what was not flushed is lost at a power cut, sector by sector and at random.
#
#   nbdkit python nbdkit-volatile-cache.py cut=FILE lie=FILE
#
# The power was cut when a client connects and the file of `cut` is there; it holds the seed, and is removed. As long as the
# file of `lie` is there, the disk says that it flushed, and does not.
import builtins
import os
import random

import nbdkit

API_VERSION = 2
SIZE = 96 * 1024 * 1024
SECTOR = 512

visible = bytearray(SIZE)
durable = bytearray(SIZE)
pending = []
cut_file = None
lie_file = None


def config(key, value):
    global cut_file, lie_file
    if key == "cut":
        cut_file = value
    elif key == "lie":
        lie_file = value
    else:
        raise RuntimeError("unknown parameter " + key)


def thread_model():
    return nbdkit.THREAD_MODEL_SERIALIZE_ALL_REQUESTS


def cut(seed):
    """Keeps of each write that was not flushed some of the sectors: all, none, or those that chance picks."""
    chance = random.Random(seed)
    share = chance.choice([0.0, 0.2, 0.5, 0.8, 1.0])
    for offset, data in pending:
        for start in range(0, len(data), SECTOR):
            if chance.random() < share:
                durable[offset + start:offset + start + SECTOR] = data[start:start + SECTOR]
    pending.clear()
    visible[:] = durable


def open(readonly):
    if cut_file and os.path.exists(cut_file):
        with builtins.open(cut_file) as file:
            seed = int(file.read())
        os.remove(cut_file)
        cut(seed)
    return 1


def get_size(handle):
    return SIZE


def can_flush(handle):
    return True


def can_fua(handle):
    return nbdkit.FUA_EMULATE


def pread(handle, buffer, offset, flags):
    buffer[:] = visible[offset:offset + len(buffer)]


def pwrite(handle, buffer, offset, flags):
    data = bytes(buffer)
    visible[offset:offset + len(data)] = data
    pending.append((offset, data))


def flush(handle, flags):
    if lie_file and os.path.exists(lie_file):
        return
    for offset, data in pending:
        durable[offset:offset + len(data)] = data
    pending.clear()
