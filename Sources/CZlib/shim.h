// Swift does not import C macros that call functions (inflateInit2). This header gives each that is needed a plain
// name.
#ifndef CZLIB_SHIM_H
#define CZLIB_SHIM_H

#include <zlib.h>

/// Begins to inflate a gzip stream (RFC 1952), and nothing else.
static inline int czlib_begin_inflating_gzip(z_stream *stream) {
    return inflateInit2(stream, 16 + MAX_WBITS);
}

#endif
