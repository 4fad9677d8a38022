// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

/** {@code enum sock_flags}: the bits of {@code sk_flags}. */
public final class SockFlag {
    private SockFlag() {}

    /** Nobody holds a descriptor any more. */
    public static final int SOCK_DEAD = 0;

    /** A FIN has been received. */
    public static final int SOCK_DONE = 1;

    /** {@code SO_OOBINLINE}. */
    public static final int SOCK_URGINLINE = 2;

    public static final int SOCK_KEEPOPEN = 3;
    public static final int SOCK_LINGER = 4;
    public static final int SOCK_DESTROY = 5;
    public static final int SOCK_BROADCAST = 6;
    public static final int SOCK_TIMESTAMP = 7;
    public static final int SOCK_ZAPPED = 8;

    /** {@code sk_write_space} is to be called when memory comes free. */
    public static final int SOCK_USE_WRITE_QUEUE = 9;

    public static final int SOCK_DBG = 10;
    public static final int SOCK_RCVTSTAMP = 11;
    public static final int SOCK_RCVTSTAMPNS = 12;
    public static final int SOCK_LOCALROUTE = 13;

    /** The send queue was shrunk: tell the writers when the time has come. */
    public static final int SOCK_QUEUE_SHRUNK = 14;

    public static final int SOCK_MEMALLOC = 15;
    public static final int SOCK_TIMESTAMPING_TX_HARDWARE = 16;
    public static final int SOCK_TIMESTAMPING_TX_SOFTWARE = 17;
    public static final int SOCK_TIMESTAMPING_RX_HARDWARE = 18;
    public static final int SOCK_TIMESTAMPING_RX_SOFTWARE = 19;
    public static final int SOCK_TIMESTAMPING_SOFTWARE = 20;
    public static final int SOCK_TIMESTAMPING_RAW_HARDWARE = 21;
    public static final int SOCK_TIMESTAMPING_SYS_HARDWARE = 22;
    public static final int SOCK_FASYNC = 23;
    public static final int SOCK_RXQ_OVFL = 24;
    public static final int SOCK_ZEROCOPY = 25;
    public static final int SOCK_WIFI_STATUS = 26;
    public static final int SOCK_NOFCS = 27;
    public static final int SOCK_FILTER_LOCKED = 28;
    public static final int SOCK_SELECT_ERR_QUEUE = 29;

    /** The socket has been counted as one that uses MPTCP. */
    public static final int SOCK_MPTCP = 30;
}
