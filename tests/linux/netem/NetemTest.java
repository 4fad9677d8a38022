// SPDX-License-Identifier: GPL-2.0-only
package linux.netem;

import static linux.netdevice.Netdev.NET_XMIT_DROP;
import static linux.netdevice.Netdev.NET_XMIT_SUCCESS;
import static linux.netdevice.Open.dev_close;
import static linux.netdevice.Open.dev_open;
import static linux.netdevice.Xmit.dev_queue_xmit;
import static linux.skbuff.Free.kfree_skb;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import linux.bug.Bug;
import linux.hrtimer.Clock;
import linux.netdevice.Packets;
import linux.netdevice.Veth;
import linux.netdevice.net_device;
import linux.netdevice.packet_type;
import linux.sched.Sched;
import linux.skbuff.Alloc;
import linux.skbuff.sk_buff;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import testing.FakeDevice;
import testing.Frames;
import testing.KernelTest;
import testing.Sink;
import testing.Skbs;

/** A netem in front of one end of a veth; what arrives at the other end, and when. */
@KernelTest
class NetemTest {
    private static final long MS = Clock.NSEC_PER_MSEC;

    private net_device a;
    private Netem netem;
    private Sink sink;

    /** When each packet arrived, and its length without the link header. */
    private final List<Long> times = new ArrayList<>();

    private final List<Integer> lengths = new ArrayList<>();

    @BeforeEach
    void setUp() {
        a = Veth.createPair(new Veth.End(init_net, "a", new byte[] {2, 0, 0, 0, 0, 1}),
                new Veth.End(init_net, "b", new byte[] {2, 0, 0, 0, 0, 2}));
        dev_open(a);
        dev_open(Veth.peer(a));
        sink = Sink.open();
        sink.also = skb -> {
            times.add(Clock.now());
            lengths.add(skb.len);
        };
    }

    @AfterEach
    void leaks() {
        if (netem != null) {
            netem.detach();
        }
        assertThat(Clock.hrtimersPending()).isZero();
    }

    private void attach(String settings) {
        netem = Netem.attach(a, NetemSettings.parse(settings));
    }

    private int send(int n) {
        return dev_queue_xmit(Frames.to(a, Veth.peer(a).dev_addr, Sink.TYPE, n));
    }

    /** Lets time pass, with what happens meanwhile. */
    private static void passTo(long to) {
        while (Clock.nextInterrupt(to)) {
            // the next one
        }
        Clock.passTo(to);
    }

    private static void untilQuiet() {
        while (Clock.nextInterrupt(Long.MAX_VALUE)) {
            // the next one
        }
    }

    @Test
    @DisplayName("with no settings a packet goes through at once")
    void nothing() {
        attach("");
        assertThat(send(10)).isEqualTo(NET_XMIT_SUCCESS);
        assertThat(times).containsExactly(0L);
        assertThat(netem.sent()).isOne();
    }

    @Test
    @DisplayName("a delay holds each packet for exactly as long; delivery is in a softirq")
    void delay() {
        attach("delay 10ms");
        send(1);
        passTo(3 * MS);
        send(2);
        assertThat(times).isEmpty();
        assertThat(netem.queued()).isEqualTo(2);
        untilQuiet();
        assertThat(times).containsExactly(10 * MS, 13 * MS);
        assertThat(lengths).containsExactly(1, 2);
        assertThat(sink.got).allMatch(Sink.Got::inSoftirq);
    }

    @Test
    @DisplayName("packets sent at the same time arrive at the same time, in order")
    void burst() {
        attach("delay 1ms");
        for (int i = 0; i < 200; i++) {
            send(i);
        }
        untilQuiet();
        assertThat(times).hasSize(200).containsOnly(MS);
        assertThat(lengths).isSorted();
    }

    @Test
    @DisplayName("a rate: 1250 bytes at 10 Mbit/s take 1 ms each, link header included, one behind the other")
    void rate() {
        attach("rate 10mbit");
        for (int i = 0; i < 3; i++) {
            send(1236);
        }
        untilQuiet();
        assertThat(times).containsExactly(MS, 2 * MS, 3 * MS);
    }

    @Test
    @DisplayName("a wire that has been idle gives no credit")
    void idle_wire() {
        attach("rate 10mbit");
        send(1236);
        untilQuiet();
        passTo(50 * MS);
        send(1236);
        send(1236);
        untilQuiet();
        assertThat(times).containsExactly(MS, 51 * MS, 52 * MS);
    }

    @Test
    @DisplayName("parts of a nanosecond add up: 1000 packets of 1514 bytes at 10 Gbit/s take 1,211,200 ns")
    void fractions() {
        attach("rate 10gbit");
        for (int i = 0; i < 1000; i++) {
            send(1500);
        }
        untilQuiet();
        assertThat(times.get(0)).isEqualTo(1211);
        assertThat(times.get(4)).isEqualTo(6056);
        assertThat(times.get(999)).isEqualTo(1_211_200);
    }

    @Test
    @DisplayName("rate and delay: the line is long and thin; a packet later than the one before it waits for nobody")
    void rate_and_delay() {
        attach("delay 10ms rate 10mbit");
        send(1236);
        send(1236);
        passTo(20 * MS);
        send(1236);
        untilQuiet();
        assertThat(times).containsExactly(11 * MS, 12 * MS, 31 * MS);
    }

    @Test
    @DisplayName("a large packet takes as long as its segments with their headers")
    void gso() {
        attach("rate 10mbit");
        sk_buff skb = Frames.tcp(a, Veth.peer(a).dev_addr, 1, 2, 3, 0x10, new byte[0], 2000);
        skb.transport_header = skb.network_header + 20;
        skb.shinfo.gso_size = 1000;
        skb.shinfo.gso_segs = 2;
        skb.shinfo.gso_type = linux.skbuff.SkbConst.SKB_GSO_TCPV4;
        packet_type ip = new packet_type(0x800, (s, d, p, o) -> {
            times.add(Clock.now());
            kfree_skb(s);
            return 0;
        });
        Packets.dev_add_pack(ip);
        dev_queue_xmit(skb);
        untilQuiet();
        assertThat(times).containsExactly(2 * 1054 * 800L);
    }

    @Test
    @DisplayName("the limit: what does not fit is dropped, and the sender is told")
    void limit() {
        attach("delay 10ms limit 3");
        List<Integer> results = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            results.add(send(i));
        }
        assertThat(results).containsExactly(0, 0, 0, NET_XMIT_DROP, NET_XMIT_DROP);
        untilQuiet();
        assertThat(lengths).containsExactly(0, 1, 2);
        assertThat(netem.overflowed()).isEqualTo(2);
    }

    @Test
    @DisplayName("1000 packets fit if nothing else is said")
    void default_limit() {
        attach("delay 10ms");
        for (int i = 0; i < 1100; i++) {
            send(1);
        }
        assertThat(netem.queued()).isEqualTo(1000);
        // So many at once are more than a softirq takes on: ksoftirqd helps.
        Sched.msleep(20);
        assertThat(times).hasSize(1000).containsOnly(10 * MS);
    }

    @Test
    @DisplayName("lost packets are no error for the sender, and their share is what was said")
    void loss() {
        attach("loss 10%");
        for (int i = 0; i < 20_000; i++) {
            assertThat(send(1)).isZero();
        }
        assertThat(netem.lost()).isBetween(1900L, 2100L);
        assertThat(times).hasSize((int) (20_000 - netem.lost()));
    }

    @Test
    @DisplayName("everything is lost; nothing is")
    void loss_extremes() {
        attach("loss 100%");
        send(1);
        netem.change(NetemSettings.parse("loss 0%"));
        send(2);
        assertThat(lengths).containsExactly(2);
    }

    @Test
    @DisplayName("duplicates arrive one behind the other, with the same bytes")
    void duplicate() {
        attach("duplicate 100% delay 1ms");
        send(30);
        untilQuiet();
        assertThat(lengths).containsExactly(30, 30);
        assertThat(sink.got.get(1).bytes()).isEqualTo(Skbs.count(0, 30));
        assertThat(netem.duplicated()).isOne();
    }

    @Test
    @DisplayName("a packet that is lost and doubled arrives once")
    void lost_and_doubled() {
        attach("duplicate 100% loss 100%");
        send(30);
        assertThat(lengths).containsExactly(30);
    }

    @Test
    @DisplayName("a packet that skips the delay overtakes those that are held")
    void reorder() {
        attach("delay 10ms reorder 50% seed 3");
        for (int i = 0; i < 1000; i++) {
            send(i);
            passTo(Clock.now() + 1);
        }
        long atOnce = times.size();
        untilQuiet();
        assertThat(atOnce).isEqualTo(netem.reordered()).isBetween(430L, 570L);
        assertThat(lengths).hasSize(1000).doesNotHaveDuplicates();
        assertThat(lengths.subList((int) atOnce, 1000)).isSorted();
    }

    @Test
    @DisplayName("jitter: each packet has a delay of its own within the bounds, and may overtake others")
    void jitter() {
        attach("delay 10ms 5ms");
        for (int i = 0; i < 500; i++) {
            send(i);
        }
        untilQuiet();
        assertThat(times).hasSize(500).isSorted().allMatch(t -> t >= 5 * MS && t <= 15 * MS);
        assertThat(times.get(0)).isLessThan(6 * MS);
        assertThat(times.get(499)).isGreaterThan(14 * MS);
        assertThat(lengths).doesNotHaveDuplicates();
        assertThat(lengths).isNotEqualTo(lengths.stream().sorted().toList());
    }

    @Test
    @DisplayName("corrupt: exactly one bit differs")
    void corrupt() {
        attach("corrupt 100%");
        for (int i = 0; i < 50; i++) {
            send(100);
        }
        assertThat(netem.corrupted()).isEqualTo(50);
        int headers = 0;
        for (Sink.Got got : sink.got) {
            int bits = 0;
            for (int i = 0; i < 100; i++) {
                bits += Integer.bitCount((got.bytes()[i] ^ i) & 0xff);
            }
            assertThat(bits).isLessThanOrEqualTo(1);
            headers += 1 - bits;
        }
        assertThat(headers).as("those that hit the link header and left the type alone").isLessThan(20);
    }

    @Test
    @DisplayName("a checksum that was left to the device is completed first, so that the damage shows; others see no damage")
    void corrupt_checksum() {
        FakeDevice d = FakeDevice.up("x0", linux.netdev_features.NetdevFeatures.NETIF_F_HW_CSUM);
        Netem n = Netem.attach(d.dev, NetemSettings.parse("corrupt 100% seed 2"));
        sk_buff skb = Frames.tcp(d.dev, new byte[6], 1, 2, 3, 0x10, new byte[0], 1000);
        sk_buff other = linux.skbuff.Clone.skb_clone(skb, 0);
        byte[] before = Skbs.bytes(other);
        dev_queue_xmit(skb);
        assertThat(d.sent.get(0).ip_summed()).isZero();
        assertThat(Frames.checksumRight(d.sent.get(0).bytes())).isFalse();
        assertThat(Skbs.bytes(other)).isEqualTo(before);
        kfree_skb(other);
        n.detach();
        linux.netdevice.Registry.unregister_netdev(d.dev);
    }

    @Test
    @DisplayName("no memory to corrupt a shared packet, or for the duplicate: it is lost, or there is none")
    void no_memory() {
        attach("corrupt 100%");
        sk_buff skb = Frames.to(a, Veth.peer(a).dev_addr, Sink.TYPE, 10);
        sk_buff other = linux.skbuff.Clone.skb_clone(skb, 0);
        linux.gfp.Gfp.failNth(0);
        assertThat(dev_queue_xmit(skb)).isEqualTo(NET_XMIT_DROP);
        assertThat(netem.overflowed()).isOne();
        kfree_skb(other);
        netem.change(NetemSettings.parse("duplicate 100%"));
        skb = Frames.to(a, Veth.peer(a).dev_addr, Sink.TYPE, 10);
        linux.gfp.Gfp.failNth(0);
        assertThat(dev_queue_xmit(skb)).isZero();
        assertThat(lengths).containsExactly(10);
    }

    private List<Long> run(String settings) {
        times.clear();
        lengths.clear();
        attach(settings);
        long start = Clock.now();
        for (int i = 0; i < 400; i++) {
            send(i);
            linux.random.Random.get_random_int();
        }
        untilQuiet();
        netem.detach();
        List<Long> what = new ArrayList<>();
        for (int i = 0; i < times.size(); i++) {
            what.add((times.get(i) - start) * 1000 + lengths.get(i));
        }
        return what;
    }

    @Test
    @DisplayName("the same seed makes the same run, whatever else is random; another seed another one")
    void determinism() {
        String all = "delay 10ms 2ms loss 5% duplicate 5% reorder 5% corrupt 5% rate 100mbit limit 300 seed ";
        List<Long> first = run(all + 1);
        assertThat(run(all + 1)).isEqualTo(first);
        assertThat(run(all + 2)).isNotEqualTo(first);
    }

    @Test
    @DisplayName("which packets are lost does not depend on what else happens")
    void independent() {
        attach("loss 20%");
        for (int i = 0; i < 300; i++) {
            send(i);
        }
        List<Integer> survivors = new ArrayList<>(lengths);
        netem.detach();
        lengths.clear();
        attach("loss 20% delay 5ms 1ms corrupt 50% reorder 10%");
        for (int i = 0; i < 300; i++) {
            send(i);
        }
        untilQuiet();
        assertThat(lengths).hasSizeLessThanOrEqualTo(survivors.size());
        assertThat(survivors).containsAll(lengths);
    }

    @Test
    @DisplayName("a packet that is held long no longer counts as unsent; one that waits for the wire does")
    void orphaned() {
        int[] sent = new int[1];
        attach("delay 10ms");
        sk_buff skb = Frames.to(a, Veth.peer(a).dev_addr, Sink.TYPE, 10);
        skb.destructor = s -> sent[0]++;
        dev_queue_xmit(skb);
        assertThat(sent[0]).isOne();
        untilQuiet();
        netem.change(NetemSettings.parse("rate 10kbit"));
        skb = Frames.to(a, Veth.peer(a).dev_addr, Sink.TYPE, 10);
        skb.destructor = s -> sent[0]++;
        dev_queue_xmit(skb);
        assertThat(sent[0]).isOne();
        untilQuiet();
        assertThat(sent[0]).isEqualTo(2);
    }

    @Test
    @DisplayName("new settings are for new packets; those in the queue leave when it was said")
    void change() {
        attach("delay 10ms");
        send(1);
        netem.change(NetemSettings.parse("delay 20ms"));
        send(2);
        untilQuiet();
        assertThat(times).containsExactly(10 * MS, 20 * MS);
    }

    @Test
    @DisplayName("detached, or the device is switched off: what it holds is dropped, and its timer stopped")
    void dropped() {
        attach("delay 10ms");
        send(1);
        netem.detach();
        assertThat(Alloc.liveSkbs()).isZero();
        attach("delay 10ms");
        send(1);
        dev_close(a);
        assertThat(Alloc.liveSkbs()).isZero();
        dev_open(a);
        send(2);
        untilQuiet();
        assertThat(lengths).containsExactly(2);
    }

    @Test
    @DisplayName("the device goes away while packets are held: nothing is left behind")
    void unregistered() {
        attach("delay 10ms");
        for (int i = 0; i < 100; i++) {
            send(i);
        }
        Veth.deletePair(a);
        assertThat(Alloc.liveSkbs()).isZero();
        assertThat(Clock.hrtimersPending()).isZero();
        netem = null;
    }

    @Test
    @DisplayName("a driver that has no room for a while: nothing is lost, and the order is kept")
    void busy_driver() {
        FakeDevice d = FakeDevice.up("x0", 0);
        Netem n = Netem.attach(d.dev, NetemSettings.parse("delay 1ms"));
        for (int i = 0; i < 3; i++) {
            dev_queue_xmit(Frames.to(d.dev, new byte[6], Sink.TYPE, i));
        }
        d.refuse = 2;
        untilQuiet();
        assertThat(d.sent).extracting(s -> s.bytes().length).containsExactly(14, 15, 16);
        assertThat(n.queued()).isZero();
        n.detach();
        linux.netdevice.Registry.unregister_netdev(d.dev);
    }

    @Test
    @DisplayName("hundred thousand packets at 10 Gbit/s over 1 ms: all arrive, when they should")
    void many() {
        attach("delay 1ms rate 10gbit");
        int n = 100_000;
        int[] got = new int[1];
        Packets.dev_remove_pack(sink.pt);
        Packets.dev_add_pack(new packet_type(Sink.TYPE, (skb, dev, pt, orig) -> {
            got[0]++;
            kfree_skb(skb);
            return 0;
        }));
        for (int i = 0; i < n; i++) {
            assertThat(send(1500)).isZero();
            passTo((i + 1) * 12112L / 10);
        }
        untilQuiet();
        assertThat(got[0]).isEqualTo(n);
        assertThat(Clock.now()).isBetween(n * 12112L / 10 + MS, n * 12112L / 10 + MS + 10);
        assertThat(Bug.warnings).isEmpty();
    }
}
