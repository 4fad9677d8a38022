// SPDX-License-Identifier: GPL-2.0-only
package linux.relay;

import static linux.netdevice.Packets.dev_add_pack;
import static linux.netdevice.Xmit.dev_queue_xmit;
import static linux.skbuff.Clone.skb_cloned;
import static linux.skbuff.Free.kfree_skb;
import static linux.types.Be.get32;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Frames.FLAG_ACK;
import static testing.Frames.FLAG_FIN;
import static testing.Frames.FLAG_PSH;
import static testing.Frames.FLAG_SYN;
import static uapi.linux.if_ether.IfEther.ETH_P_IP;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import linux.hrtimer.Clock;
import linux.netdevice.Netdev;
import linux.netdevice.net_device;
import linux.netdevice.packet_type;
import linux.sched.Sched;
import linux.skbuff.Alloc;
import linux.skbuff.sk_buff;
import net.net_namespace.NetNs;
import net.net_namespace.net;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import testing.Frames;
import testing.KernelTest;
import testing.Sink;
import testing.Skbs;

/** A client and a server that are nothing but their devices; what arrives, when, and what the relay says that it did. */
@KernelTest
class RelayTest {
    private static final long MS = Clock.NSEC_PER_MSEC;
    private static final byte[] NO_OPTIONS = {};

    /** MP_CAPABLE (12 bytes with a key), MSS, MP_JOIN (4 bytes for the test), two NOPs. */
    private static final byte[] OPTIONS = {30, 12, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 2, 4, 5, (byte) 0xb4, 30, 4, 0x10, 9, 1, 1, 1, 1};

    private Relay relay;
    private net client;
    private net server;
    private Relay.Path path;

    /** What arrived at s*, or at c*: "10: 1000" is the segment with sequence number 1000 after 10 ms. */
    private final List<String> arrived = new ArrayList<>();

    private final List<byte[]> frames = new ArrayList<>();
    private final List<Integer> truesizes = new ArrayList<>();

    @BeforeEach
    void setUp() {
        client = NetNs.create("client");
        server = NetNs.create("server");
        relay = new Relay();
        path = relay.addPath(client, "c0", server, "s0", Relay.DEFAULT_DELAY);
        dev_add_pack(new packet_type(ETH_P_IP, (skb, dev, pt, orig) -> {
            if (dev.nd_net != init_net) {
                byte[] b = new byte[skb.len + 14];
                System.arraycopy(skb.head, skb.mac_header, b, 0, b.length);
                frames.add(b);
                arrived.add(Clock.now() / MS + ": " + Integer.toUnsignedLong(get32(b, 38)));
                truesizes.add(skb.truesize);
                assertThat(skb.pkt_type).as("for this station").isZero();
            }
            kfree_skb(skb);
            return 0;
        }));
        relay.start();
    }

    @AfterEach
    void close() {
        relay.close();
        assertThat(Clock.hrtimersPending()).isZero();
        assertThat(Alloc.liveSkbs()).isZero();
    }

    private void send(net_device dev, net_device to, int source, int seq, int flags, byte[] options, int payload) {
        dev_queue_xmit(Frames.tcp(dev, Arrays.copyOf(to.dev_addr, 6), source, 5001, seq, flags, options, payload));
    }

    /** From the client to the server, by path 1. */
    private void c2s(int seq, int flags, int payload) {
        send(path.client, path.server, 40000, seq, flags, NO_OPTIONS, payload);
    }

    private void s2c(int seq, int flags, int payload) {
        send(path.server, path.client, 40000, seq, flags, NO_OPTIONS, payload);
    }

    /** Segments {@code from} to {@code to} of 100 bytes each: number n begins at 100 * n. */
    private void data(int from, int to) {
        for (int i = from; i <= to; i++) {
            c2s(i * 100, FLAG_ACK, 100);
        }
    }

    private static void passTo(long to) {
        Sched.nanosleep(to - Clock.now());
    }

    /** Longer than anything here takes. */
    private static void untilQuiet() {
        Sched.nanosleep(60_000 * MS);
    }

    private List<String> log() {
        return relay.log().stream().map(Relay.LogLine::toString).toList();
    }

    @Test
    @DisplayName("a frame goes out on the other side after the delay, the same but for a finished checksum")
    void passes() {
        c2s(100, FLAG_SYN, 0);
        assertThat(relay.inFlight()).isOne();
        passTo(5 * MS);
        s2c(900, FLAG_SYN | FLAG_ACK, 0);
        untilQuiet();
        assertThat(arrived).containsExactly("10: 100", "15: 900");
        assertThat(Frames.checksumRight(frames.get(0))).isTrue();
        assertThat(log()).isEmpty();
    }

    @Test
    @DisplayName("hardware addresses and names are those of the recordings; the relay's own devices begin with r and are elsewhere")
    void devices() {
        assertThat(path.client.dev_addr).startsWith(2, 0, 0, 0, 1, 1);
        assertThat(path.server.dev_addr).startsWith(2, 0, 0, 0, 1, 2);
        assertThat(path.client.nd_net).isSameAs(client);
        assertThat(init_net.dev_base_head).extracting(d -> d.name).containsExactly("lo", "rc0", "rs0");
    }

    @Test
    @DisplayName("what the sender sent is free as soon as the relay has read it, and what arrives costs what a received packet costs")
    void copies() {
        sk_buff skb = Frames.tcp(path.client, Arrays.copyOf(path.server.dev_addr, 6), 1, 2, 3, FLAG_ACK, NO_OPTIONS, 1448);
        skb.users++;
        dev_queue_xmit(skb);
        assertThat(skb.users).isOne();
        assertThat(skb_cloned(skb)).as("in the socket's queue").isTrue();
        passTo(Clock.now() + MS);
        assertThat(skb_cloned(skb)).as("read").isFalse();
        kfree_skb(skb);
        assertThat(Alloc.liveSkbs()).as("on its way it is bytes").isZero();
        untilQuiet();
        assertThat(truesizes.get(0)).isEqualTo(linux.skbuff.Truesize.SKB_TRUESIZE(2048 - 320));
    }

    @Test
    @DisplayName("frames of one moment arrive in order, and whoever is woken by one runs before the next")
    void one_by_one() {
        List<String> order = new ArrayList<>();
        data(1, 3);
        Sched.kthread_run("reader", () -> {
            for (int seen = 0; seen < 3; ) {
                Sched.set_current_state(linux.sched.task_struct.TASK_INTERRUPTIBLE);
                Sched.schedule_hrtimeout(Clock.now() + 1);
                if (arrived.size() > seen) {
                    seen = arrived.size();
                    order.add("woken after " + seen);
                }
            }
        });
        Sched.msleep(20);
        assertThat(arrived).containsExactly("10: 100", "10: 200", "10: 300");
        assertThat(order).isNotEmpty();
    }

    @Test
    @DisplayName("drop: the N-th new data segment, once; its retransmission gets through")
    void drop_data() {
        relay.addRule("drop 1 c2s data 2 1");
        data(1, 3);
        passTo(50 * MS);
        data(2, 2);
        untilQuiet();
        assertThat(arrived).containsExactly("10: 100", "10: 300", "60: 200");
        assertThat(log()).containsExactly("0.000000 relay drops c2s path 1 data #1 (data segment 2, seq 200, len 100, flags 0x10)");
    }

    @Test
    @DisplayName("with a COUNT of 2 its first retransmission is dropped too, and told with the number of segments by then")
    void drop_retransmission() {
        relay.addRule("drop 1 c2s data 2 2");
        data(1, 4);
        data(2, 2);
        data(2, 2);
        untilQuiet();
        assertThat(arrived).containsExactly("10: 100", "10: 300", "10: 400", "10: 200");
        assertThat(log()).containsExactly(
                "0.000000 relay drops c2s path 1 data #1 (data segment 2, seq 200, len 100, flags 0x10)",
                "0.000000 relay drops c2s path 1 data #2 (data segment 4, seq 200, len 100, flags 0x10)");
    }

    @Test
    @DisplayName("with a COUNT of 0 all its retransmissions")
    void drop_all_retransmissions() {
        relay.addRule("drop 1 c2s data 2 0");
        data(1, 3);
        data(2, 2);
        data(2, 2);
        untilQuiet();
        assertThat(arrived).containsExactly("10: 100", "10: 300");
    }

    @Test
    @DisplayName("segments are counted over all subflows of the path, and apart for each direction; empty ones do not count")
    void counting() {
        relay.addRule("drop 1 c2s data 3 1");
        c2s(0, FLAG_SYN, 0);
        c2s(100, FLAG_ACK, 100);
        s2c(7, FLAG_ACK, 100);
        send(path.client, path.server, 40001, 500, FLAG_ACK, NO_OPTIONS, 100);
        c2s(100, FLAG_ACK, 100);
        c2s(200, FLAG_ACK, 0);
        send(path.client, path.server, 40001, 600, FLAG_ACK, NO_OPTIONS, 100);
        untilQuiet();
        assertThat(log()).containsExactly("0.000000 relay drops c2s path 1 data #1 (data segment 3, seq 600, len 100, flags 0x10)");
    }

    @Test
    @DisplayName("a segment that only begins with what was sent before is new; sequence numbers wrap")
    void partly_new() {
        relay.addRule("drop 1 c2s every 1 0");
        c2s(-150, FLAG_ACK, 100);
        c2s(-150, FLAG_ACK, 100);
        c2s(-150, FLAG_ACK, 101);
        c2s(-50, FLAG_ACK, 100);
        c2s(0, FLAG_ACK, 50);
        untilQuiet();
        assertThat(arrived).containsExactly("10: 4294967146", "10: 0");
        assertThat(relay.log()).hasSize(3);
    }

    @Test
    @DisplayName("a new connection with the same ports begins anew; a SYN that is repeated does not")
    void new_connection() {
        relay.addRule("drop 1 c2s every 1 0");
        c2s(1000, FLAG_SYN, 0);
        c2s(1001, FLAG_ACK, 100);
        c2s(1000, FLAG_SYN, 0);
        c2s(1001, FLAG_ACK, 100);
        c2s(500, FLAG_SYN, 0);
        c2s(501, FLAG_ACK, 100);
        untilQuiet();
        assertThat(relay.log()).extracting(Relay.LogLine::text)
                .containsExactly("drops c2s path 1 every #1 (data segment 1, seq 1001, len 100, flags 0x10)",
                        "drops c2s path 1 every #2 (data segment 2, seq 501, len 100, flags 0x10)");
    }

    @Test
    @DisplayName("data of a SYN counts from behind the SYN")
    void syn_with_data() {
        relay.addRule("drop 1 c2s data 1 0");
        c2s(1000, FLAG_SYN, 10);
        c2s(1001, FLAG_ACK, 10);
        untilQuiet();
        assertThat(arrived).isEmpty();
    }

    @Test
    @DisplayName("every N: each N-th new segment")
    void every() {
        relay.addRule("drop 1 c2s every 3 0");
        data(1, 7);
        untilQuiet();
        assertThat(arrived).containsExactly("10: 100", "10: 200", "10: 400", "10: 500", "10: 700");
    }

    @Test
    @DisplayName("syn, synack, fin, nonsyn: by flags")
    void flags() {
        String[] kinds = {"syn", "synack", "fin", "nonsyn"};
        int[] flags = {FLAG_SYN, FLAG_SYN | FLAG_ACK, FLAG_FIN | FLAG_ACK, FLAG_ACK, FLAG_PSH | FLAG_ACK};
        String[] gone = {"0", "1", "2", "2 3 4"};
        for (int k = 0; k < kinds.length; k++) {
            relay.close();
            arrived.clear();
            Relay r = new Relay();
            path = r.addPath(client, "c0", server, "s0", 0);
            r.addRule("drop 1 c2s " + kinds[k] + " 0 0");
            for (int i = 0; i < flags.length; i++) {
                c2s(i, flags[i], 0);
            }
            passTo(Clock.now() + MS);
            List<String> expected = new ArrayList<>();
            for (int i = 0; i < flags.length; i++) {
                if (!gone[k].contains("" + i)) {
                    expected.add((Clock.now() - MS) / MS + ": " + i);
                }
            }
            assertThat(arrived).as(kinds[k]).isEqualTo(expected);
            r.close();
        }
    }

    @Test
    @DisplayName("a COUNT: so many and no more")
    void count() {
        relay.addRule("drop 1 s2c nonsyn 0 3");
        for (int i = 0; i < 5; i++) {
            s2c(i, FLAG_ACK, 0);
        }
        untilQuiet();
        assertThat(arrived).containsExactly("10: 3", "10: 4");
        assertThat(log().get(2)).isEqualTo("0.000000 relay drops s2c path 1 nonsyn #3 (data segment 0, seq 2, len 0, flags 0x10)");
    }

    @Test
    @DisplayName("any on any path in any direction: counted together")
    void any() {
        relay.addRule("drop * * any 0 0");
        c2s(1, FLAG_SYN, 0);
        passTo(1_002_010_000L);
        s2c(2, FLAG_SYN, 0);
        untilQuiet();
        assertThat(arrived).isEmpty();
        assertThat(log()).containsExactly("0.000000 relay drops c2s path 1 any #1 (data segment 0, seq 1, len 0, flags 0x02)",
                "1.002010 relay drops s2c path 1 any #2 (data segment 0, seq 2, len 0, flags 0x02)");
    }

    @Test
    @DisplayName("what is no TCP goes through too, and is any")
    void no_tcp() {
        Sink sink = Sink.open();
        dev_queue_xmit(Frames.to(path.client, Arrays.copyOf(path.server.dev_addr, 6), Sink.TYPE, 40));
        untilQuiet();
        assertThat(sink.got).hasSize(2);
        assertThat(sink.got.get(1).dev()).isSameAs(path.server);
        relay.addRule("drop 1 c2s nonsyn 0 0");
        relay.addRule("drop 1 c2s any 0 0");
        dev_queue_xmit(Frames.to(path.client, Arrays.copyOf(path.server.dev_addr, 6), Sink.TYPE, 40));
        untilQuiet();
        assertThat(relay.log()).extracting(Relay.LogLine::text)
                .containsExactly("drops c2s path 1 any #1 (data segment 0, seq 0, len 0, flags 0x00)");
    }

    @Test
    @DisplayName("after N: from the N-th new segment of the direction on everything on the path, both ways")
    void after() {
        relay.addRule("drop 1 c2s after 2 0");
        s2c(9, FLAG_ACK, 0);
        passTo(MS);
        data(1, 2);
        data(1, 1);
        passTo(5 * MS);
        s2c(10, FLAG_ACK, 0);
        untilQuiet();
        assertThat(arrived).containsExactlyInAnyOrder("10: 9", "11: 100");
        assertThat(relay.log()).extracting(Relay.LogLine::text).containsExactly(
                "drops c2s path 1 after #1 (data segment 2, seq 200, len 100, flags 0x10)",
                "drops c2s path 1 after #2 (data segment 2, seq 100, len 100, flags 0x10)",
                "drops s2c path 1 after #3 (data segment 0, seq 10, len 0, flags 0x10)");
    }

    @Test
    @DisplayName("time N: from N ms after the start on")
    void time() {
        passTo(7 * MS);
        relay.start();
        relay.addRule("drop * * time 60 0");
        passTo(7 * MS + 60 * MS - 1);
        c2s(1, FLAG_ACK, 0);
        passTo(67 * MS);
        c2s(2, FLAG_ACK, 0);
        s2c(3, FLAG_ACK, 0);
        untilQuiet();
        assertThat(arrived).containsExactly("76: 1");
        assertThat(log()).hasSize(2).allMatch(l -> l.startsWith("0.060000 relay drops"));
    }

    @Test
    @DisplayName("dup: sent twice")
    void dup() {
        relay.addRule("dup 1 c2s data 2 1");
        data(1, 3);
        untilQuiet();
        assertThat(arrived).containsExactly("10: 100", "10: 200", "10: 200", "10: 300");
        assertThat(frames.get(1)).isEqualTo(frames.get(2));
        assertThat(log()).containsExactly("0.000000 relay duplicates c2s data segment 2");
    }

    @Test
    @DisplayName("swap: the last, those between, the first, when the last has come; other packets pass")
    void swap() {
        relay.addRule("swap 1 c2s data 2 0 5");
        data(1, 4);
        c2s(500, FLAG_ACK, 0);
        passTo(3 * MS);
        assertThat(relay.inFlight()).isEqualTo(5);
        data(5, 6);
        untilQuiet();
        assertThat(arrived).containsExactly("10: 100", "10: 500", "13: 500", "13: 300", "13: 400", "13: 200", "13: 600");
        assertThat(log()).containsExactly("0.000000 relay holds c2s data segments 2..5 back",
                "0.003000 relay releases them as last, middle ones, first");
    }

    @Test
    @DisplayName("swap of two neighbours")
    void swap_two() {
        relay.addRule("swap 1 c2s data 1 0 2");
        data(1, 3);
        untilQuiet();
        assertThat(arrived).containsExactly("10: 200", "10: 100", "10: 300");
    }

    @Test
    @DisplayName("stall: this one and all that follow in the direction wait until the time is over, then go in order")
    void stall() {
        relay.addRule("stall 1 c2s data 2 1 1000");
        data(1, 2);
        passTo(500 * MS);
        data(3, 3);
        s2c(9, FLAG_ACK, 0);
        passTo(995 * MS);
        data(4, 4);
        untilQuiet();
        assertThat(arrived).containsExactly("10: 100", "510: 9", "1000: 200", "1000: 300", "1005: 400");
        assertThat(log()).containsExactly("0.000000 relay holds everything in direction c2s from data segment 2 on for 1000 ms");
    }

    @Test
    @DisplayName("strip mptcp: all MPTCP options become NOPs, others stay, the checksum is right")
    void strip() {
        relay.addRule("strip 1 c2s syn 0 0 mptcp");
        send(path.client, path.server, 1, 5, FLAG_SYN, OPTIONS, 0);
        untilQuiet();
        byte[] options = Arrays.copyOfRange(frames.get(0), 54, 78);
        assertThat(options).containsExactly(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 5, (byte) 0xb4, 1, 1, 1, 1, 1, 1, 1, 1);
        assertThat(Frames.checksumRight(frames.get(0))).isTrue();
        assertThat(log()).containsExactly("0.000000 relay strips MPTCP options (mptcp) of c2s packet, flags 0x02 len 0");
    }

    @Test
    @DisplayName("strip join: only MP_JOIN")
    void strip_join() {
        relay.addRule("strip * c2s syn 0 0 join");
        send(path.client, path.server, 1, 5, FLAG_SYN, OPTIONS, 0);
        untilQuiet();
        byte[] options = Arrays.copyOfRange(frames.get(0), 54, 78);
        byte[] expected = OPTIONS.clone();
        Arrays.fill(expected, 16, 20, (byte) 1);
        assertThat(options).isEqualTo(expected);
        assertThat(log()).containsExactly("0.000000 relay strips MPTCP options (join) of c2s packet, flags 0x02 len 0");
    }

    @Test
    @DisplayName("strip: a packet without such options is not touched, not counted, not told")
    void nothing_to_strip() {
        relay.addRule("strip 1 * nonsyn 0 1 mptcp");
        c2s(1, FLAG_ACK, 10);
        send(path.client, path.server, 1, 5, FLAG_ACK, new byte[] {8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 0}, 0);
        send(path.client, path.server, 1, 6, FLAG_ACK, new byte[] {30, 9, 0x20, 0}, 0);
        send(path.client, path.server, 1, 7, FLAG_ACK, OPTIONS, 0);
        untilQuiet();
        assertThat(log()).hasSize(1);
        assertThat(frames.get(2)).as("an option that runs out of the header").contains(30, 9);
        assertThat(Arrays.copyOfRange(frames.get(3), 54, 66)).containsOnly(1);
    }

    @Test
    @DisplayName("corrupt: the byte in the middle of the payload is inverted, the checksum is right")
    void corrupt() {
        relay.addRule("corrupt 1 c2s data 1 1");
        c2s(100, FLAG_ACK, 101);
        untilQuiet();
        byte[] expected = Skbs.count(0, 101);
        expected[50] ^= (byte) 0xff;
        assertThat(Arrays.copyOfRange(frames.get(0), 54, 155)).isEqualTo(expected);
        assertThat(Frames.checksumRight(frames.get(0))).isTrue();
        assertThat(log()).containsExactly("0.000000 relay flips byte 50 of c2s data segment 1, len 101");
    }

    @Test
    @DisplayName("several rules: each looks at what the ones before have left")
    void several() {
        relay.addRule("drop 1 c2s data 2 1");
        relay.addRule("drop 1 c2s data 3 1");
        relay.addRule("dup 1 c2s every 1 0");
        data(1, 3);
        untilQuiet();
        assertThat(arrived).containsExactly("10: 100", "10: 100");
        assertThat(relay.log()).extracting(Relay.LogLine::text).containsExactly("duplicates c2s data segment 1",
                "drops c2s path 1 data #1 (data segment 2, seq 200, len 100, flags 0x10)",
                "drops c2s path 1 data #1 (data segment 3, seq 300, len 100, flags 0x10)");
    }

    @Test
    @DisplayName("paths are apart: rules, counters, delays")
    void two_paths() {
        Relay.Path second = relay.addPath(client, "c1", server, "s1", 40 * MS);
        assertThat(second.number).isEqualTo(2);
        assertThat(second.client.dev_addr).startsWith(2, 0, 0, 0, 2, 1);
        relay.addRule("drop 2 c2s data 1 1");
        relay.addRule("drop * c2s data 2 1");
        data(1, 1);
        send(second.client, second.server, 1, 77, FLAG_ACK, NO_OPTIONS, 10);
        send(second.client, second.server, 1, 87, FLAG_ACK, NO_OPTIONS, 10);
        send(second.client, second.server, 1, 97, FLAG_ACK, NO_OPTIONS, 10);
        passTo(1 * MS);
        data(2, 2);
        untilQuiet();
        assertThat(arrived).containsExactly("10: 100", "11: 200", "40: 97");
        assertThat(relay.log()).extracting(Relay.LogLine::text).containsExactly(
                "drops c2s path 2 data #1 (data segment 1, seq 77, len 10, flags 0x10)",
                "drops c2s path 2 data #1 (data segment 2, seq 87, len 10, flags 0x10)");
        assertThat(relay.paths()).hasSize(2);
    }

    @Test
    @DisplayName("a large packet that nobody has split is split before it goes on the wire")
    void gso() {
        sk_buff skb = Frames.tcp(path.client, Arrays.copyOf(path.server.dev_addr, 6), 1, 2, 3, FLAG_ACK, NO_OPTIONS, 200);
        skb.shinfo.gso_size = 100;
        skb.shinfo.gso_segs = 2;
        skb.shinfo.gso_type = linux.skbuff.SkbConst.SKB_GSO_TCPV4;
        dev_queue_xmit(skb);
        untilQuiet();
        assertThat(arrived).containsExactly("10: 3", "10: 103");
        assertThat(frames).allMatch(Frames::checksumRight);
    }

    @Test
    @DisplayName("no memory for the copy: the frame is lost, and nothing else happens")
    void no_memory() {
        sk_buff skb = Frames.tcp(path.client, Arrays.copyOf(path.server.dev_addr, 6), 1, 2, 1, FLAG_ACK, NO_OPTIONS, 1);
        linux.gfp.Gfp.failNth(0);
        dev_queue_xmit(skb);
        linux.gfp.Gfp.inject(null);
        c2s(2, FLAG_ACK, 1);
        untilQuiet();
        assertThat(arrived).containsExactly("10: 2");
    }

    @Test
    @DisplayName("closed with frames on their way and held: nothing is left behind, devices are gone")
    void closed() {
        relay.addRule("swap 1 c2s data 2 0 9");
        data(1, 5);
        assertThat(relay.inFlight()).isEqualTo(5);
        relay.close();
        assertThat(relay.inFlight()).isZero();
        assertThat(Alloc.liveSkbs()).isZero();
        assertThat(init_net.dev_base_head).hasSize(1);
        assertThat(Netdev.first_net_device(client).name).isEqualTo("lo");
    }
}
