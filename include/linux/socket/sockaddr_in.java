// SPDX-License-Identifier: GPL-2.0-only
package linux.socket;

import static uapi.linux.socket.SocketOpt.AF_INET;

/** An IPv4 address and a port, both in host order. */
public final class sockaddr_in extends sockaddr {
    /** {@code sizeof(struct sockaddr_in)}. */
    public static final int SIZE = 16;

    public int sin_port;
    public int sin_addr;

    public sockaddr_in() {
        sa_family = AF_INET;
    }

    /** @param addr host order */
    public sockaddr_in(int addr, int port) {
        sa_family = AF_INET;
        sin_addr = addr;
        sin_port = port;
    }

    @Override
    public String toString() {
        return linux.printk.Printk.pI4(sin_addr) + ":" + sin_port;
    }
}
