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
    static final long SYSTEM_CALL = Long.getLong("SYSTEM_CALL", 4_000);

    /** The task makes up a byte to send, and looks whether a byte that has come is right. */
    static final long MAKE_BYTE = Long.getLong("MAKE_BYTE", 4);

    static final long CHECK_BYTE = Long.getLong("CHECK_BYTE", 5);

    /** A packet on its way out, from TCP to the device; one on its way in. Loopback is both. */
    private static final long PACKET_OUT = Long.getLong("PACKET_OUT", 3_000);

    private static final long PACKET_IN = Long.getLong("PACKET_IN", 2_500);

    /** A byte that a system call takes from its caller into a packet. */
    private static final long COPY_BYTE = Long.getLong("COPY_BYTE", 1);

    /** The relay reads a frame, and sums up its bytes; sends one. */
    private static final long RELAY_READ = Long.getLong("rr", 3000);

    private static final double RELAY_READ_BYTE = Double.parseDouble(System.getProperty("rb", "2.2"));

    private static final long RELAY_SEND = Long.getLong("RELAY_SEND", 2_500);

    /** Packets cost time from now on. */
    static void charge(World world) {
        boolean lo = world.relay == null;
        PacketTap.open(world.devices()::contains, 0, (dev, direction, ns, bytes, length) -> {
            long cost = lo ? PACKET_OUT + PACKET_IN : direction == PacketTap.Direction.OUT ? PACKET_OUT : PACKET_IN;
            Clock.spend(cost + (direction == PacketTap.Direction.OUT && !in_softirq() ? length * COPY_BYTE : 0));
        });
        charge(world.relay);
    }

    private static void charge(Relay relay) {
        if (relay != null) {
            relay.costs(RELAY_READ, RELAY_READ_BYTE, RELAY_SEND);
        }
    }
}
