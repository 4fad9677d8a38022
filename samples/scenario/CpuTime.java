// SPDX-License-Identifier: GPL-2.0-only
package scenario;

import static linux.interrupt.Softirq.in_softirq;

import linux.hrtimer.Clock;
import linux.netdevice.PacketTap;
import linux.relay.Relay;

/**
 * What computing costs while a scenario plays, in nanoseconds of virtual time. The recordings were made on an emulated computer whose
 * clock moves on by a nanosecond with each instruction: a packet takes some microseconds, a large write hundreds. Who comes first when
 * several frames and tasks are under way depends on it, so the player spends about as much. The figures are what the recordings' times
 * show, rounded.
 */
final class CpuTime {
    private CpuTime() {}

    /** From the task's call to its next instruction. */
    static final long SYSTEM_CALL = 4_000;

    /** The task makes up a byte to send, and looks whether a byte that has come is right. */
    static final long MAKE_BYTE = 4;

    static final long CHECK_BYTE = 5;

    /** A packet on its way out, from TCP to the device; one on its way in. Loopback is both. */
    private static final long PACKET_OUT = 3_000;

    private static final long PACKET_IN = 2_500;

    /** What goes before a SYN: a route, a port, a place in the tables, a key; before the answer to it; before a hash of keys. */
    private static final long CONNECT = 6_000;

    private static final long ANSWER = 4_000;
    private static final long HASH = 7_000;
    private static final int JOIN_ACK = 24;

    private static final int HEADERS = 14 + 20 + 60;
    private static final int TCP = 14 + 20;
    private static final int SYN = 2;
    private static final int ACK = 0x10;

    /** A byte that a system call takes from its caller into a packet. */
    private static final long COPY_BYTE = 1;

    /** The relay reads a frame, and sums up its bytes; sends one. */
    private static final long RELAY_READ = 2_000;

    private static final double RELAY_READ_BYTE = 2.9;

    private static final long RELAY_SEND = 2_500;

    /** Packets cost time from now on. */
    static void charge(World world) {
        boolean lo = world.relay == null;
        PacketTap.open(world.devices()::contains, HEADERS, (dev, direction, ns, bytes, length) -> {
            long cost = lo ? PACKET_OUT + PACKET_IN : direction == PacketTap.Direction.OUT ? PACKET_OUT : PACKET_IN;
            if (direction == PacketTap.Direction.OUT) {
                cost += handshake(bytes);
            }
            Clock.spend(cost + (direction == PacketTap.Direction.OUT && !in_softirq() ? length * COPY_BYTE : 0));
        });
        charge(world.relay);
    }

    /** What the packets of a handshake cost beyond others. */
    private static long handshake(byte[] b) {
        if (b.length < TCP + 20) {
            return 0;
        }
        int flags = b[TCP + 13];
        int join = join(b);
        switch (flags & (SYN | ACK)) {
            case SYN:
                return CONNECT;
            case SYN | ACK:
                return ANSWER + (join > 0 ? HASH : 0);
            default:
                return join == JOIN_ACK ? 2 * HASH : 0;
        }
    }

    /** The length of an MP_JOIN option, or 0. */
    private static int join(byte[] b) {
        int end = Math.min(b.length, TCP + (b[TCP + 12] >> 4 & 0xf) * 4);
        for (int at = TCP + 20; at + 2 < end; ) {
            int len = b[at] == 1 ? 1 : b[at + 1];
            if (b[at] == 30 && b[at + 2] >> 4 == 1) {
                return len;
            }
            if (len < 1) {
                break;
            }
            at += len;
        }
        return 0;
    }

    private static void charge(Relay relay) {
        if (relay != null) {
            relay.costs(RELAY_READ, RELAY_READ_BYTE, RELAY_SEND);
        }
    }
}
