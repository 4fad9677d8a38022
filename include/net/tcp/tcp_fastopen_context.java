// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static net.tcp.TcpConst.TCP_FASTOPEN_KEY_LENGTH;

import linux.crypto.crypto_cipher;

/** The key that Fast Open cookies are made with (RFC 7413, section 4.1.2). */
public final class tcp_fastopen_context {
    public crypto_cipher tfm;
    public final byte[] key = new byte[TCP_FASTOPEN_KEY_LENGTH];
}
