// SPDX-License-Identifier: GPL-2.0-only
package uapi.linux.net_tstamp;

/** Bits of {@code SO_TIMESTAMPING}: where packets are stamped, and which of the stamps are reported. */
public final class NetTstamp {
    private NetTstamp() {}

    public static final int SOF_TIMESTAMPING_TX_HARDWARE = 1 << 0;
    public static final int SOF_TIMESTAMPING_TX_SOFTWARE = 1 << 1;
    public static final int SOF_TIMESTAMPING_RX_HARDWARE = 1 << 2;
    public static final int SOF_TIMESTAMPING_RX_SOFTWARE = 1 << 3;
    public static final int SOF_TIMESTAMPING_SOFTWARE = 1 << 4;
    public static final int SOF_TIMESTAMPING_SYS_HARDWARE = 1 << 5;
    public static final int SOF_TIMESTAMPING_RAW_HARDWARE = 1 << 6;
    public static final int SOF_TIMESTAMPING_MASK = SOF_TIMESTAMPING_RAW_HARDWARE - 1 | SOF_TIMESTAMPING_RAW_HARDWARE;
}
