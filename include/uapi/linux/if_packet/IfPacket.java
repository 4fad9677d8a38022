// SPDX-License-Identifier: GPL-2.0-only
package uapi.linux.if_packet;

/** Whom a frame is for, {@code skb.pkt_type}. */
public final class IfPacket {
    private IfPacket() {}

    /** For this machine. */
    public static final int PACKET_HOST = 0;

    public static final int PACKET_BROADCAST = 1;
    public static final int PACKET_MULTICAST = 2;

    /** For another one: IP does not look at it. */
    public static final int PACKET_OTHERHOST = 3;

    /** The copy for those who watch what is sent. */
    public static final int PACKET_OUTGOING = 4;

    /** A broadcast of our own that comes back. */
    public static final int PACKET_LOOPBACK = 5;
}
