// SPDX-License-Identifier: GPL-2.0-only
package capture;

import static uapi.linux.if_arp.IfArp.ARPHRD_NONE;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import linux.hrtimer.Clock;
import linux.netdevice.PacketTap;
import linux.netdevice.net_device;

/**
 * Writes a capture that Wireshark reads: pcapng, an interface block with the name of each device, link type Ethernet (or raw IP, for a
 * device without link headers), times in nanoseconds, the direction of each packet.
 *
 * <pre>
 * +--------------------+------------------------+-----------------------+------------------
 * | section header     | interface: "c0", 10^-9 | interface: "s0", ...  | packet | packet ...
 * +--------------------+------------------------+-----------------------+------------------
 * </pre>
 *
 * <p>Each block is its type, its length, its body, and its length once more; options are a code, a length and a value padded to four
 * bytes.
 */
public final class PcapngWriter implements Closeable, PacketTap.Listener {
    private static final int SECTION_HEADER = 0x0a0d0d0a;
    private static final int BYTE_ORDER_MAGIC = 0x1a2b3c4d;
    private static final int INTERFACE = 1;
    private static final int PACKET = 6;
    private static final int LINKTYPE_ETHERNET = 1;
    private static final int LINKTYPE_RAW = 101;
    private static final int OPT_END = 0;
    private static final int OPT_USERAPPL = 4;
    private static final int IF_NAME = 2;
    private static final int IF_TSRESOL = 9;
    private static final int EPB_FLAGS = 2;
    private static final int INBOUND = 1;
    private static final int OUTBOUND = 2;

    private final OutputStream out;
    private final int snap;
    private final Map<net_device, Integer> interfaces = new HashMap<>();
    private long packets;

    /**
     * @param devices those that will be seen
     * @param snap bytes kept of a packet
     */
    public PcapngWriter(Path file, List<net_device> devices, int snap) throws IOException {
        out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16);
        this.snap = snap;
        block(SECTION_HEADER, sectionHeader());
        for (net_device dev : devices) {
            interfaces.put(dev, interfaces.size());
            block(INTERFACE, interfaceBlock(dev));
        }
    }

    /** Begins to watch the devices, and writes what comes by. */
    public PacketTap watch() {
        return PacketTap.open(interfaces::containsKey, snap, this);
    }

    @Override
    public void onPacket(net_device dev, PacketTap.Direction direction, long ns, byte[] bytes, int wireLength) {
        int padded = bytes.length + 3 & ~3;
        long time = Clock.BOOT_SECONDS * Clock.NSEC_PER_SEC + ns;
        ByteBuffer b = buffer(20 + padded + 12);
        b.putInt(interfaces.get(dev)).putInt((int) (time >>> 32)).putInt((int) time);
        b.putInt(bytes.length).putInt(wireLength).put(bytes).position(20 + padded);
        b.putShort((short) EPB_FLAGS).putShort((short) 4).putInt(direction == PacketTap.Direction.IN ? INBOUND : OUTBOUND);
        b.putInt(OPT_END);
        try {
            block(PACKET, b);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        packets++;
    }

    /** How many have been written. */
    public long packets() {
        return packets;
    }

    private ByteBuffer sectionHeader() {
        byte[] us = "Linux 3.14.33 TCP and MPTCP v0.89.5, in Java".getBytes(StandardCharsets.UTF_8);
        ByteBuffer b = buffer(16 + 4 + us.length + 8);
        b.putInt(BYTE_ORDER_MAGIC).putShort((short) 1).putShort((short) 0).putLong(-1);
        return option(b, OPT_USERAPPL, us).putInt(OPT_END);
    }

    private ByteBuffer interfaceBlock(net_device dev) {
        byte[] name = dev.name.getBytes(StandardCharsets.UTF_8);
        ByteBuffer b = buffer(8 + 4 + name.length + 4 + 8 + 8);
        b.putShort((short) (dev.type == ARPHRD_NONE ? LINKTYPE_RAW : LINKTYPE_ETHERNET)).putShort((short) 0).putInt(snap == PacketTap.WHOLE ? 0 : snap);
        option(b, IF_NAME, name);
        return option(b, IF_TSRESOL, new byte[] {9}).putInt(OPT_END);
    }

    private static ByteBuffer option(ByteBuffer b, int code, byte[] value) {
        b.putShort((short) code).putShort((short) value.length).put(value);
        return b.position(b.position() + 3 & ~3);
    }

    private static ByteBuffer buffer(int n) {
        return ByteBuffer.allocate(n + 8).order(ByteOrder.LITTLE_ENDIAN);
    }

    private void block(int type, ByteBuffer body) throws IOException {
        int length = body.position() + 12;
        ByteBuffer head = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putInt(type).putInt(length);
        out.write(head.array());
        out.write(body.array(), 0, body.position());
        out.write(head.array(), 4, 4);
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
