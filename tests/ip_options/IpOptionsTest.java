// SPDX-License-Identifier: GPL-2.0-only
package ip_options;

import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOMEM;
import static linux.ip.IpHdr.ip_hdr;
import static linux.printk.Printk.dmesg;
import static linux.sched.Sched.msleep;
import static linux.skbuff.Cb.IPCB;
import static linux.skbuff.Dst.skb_dst_set;
import static linux.skbuff.Dst.skb_rtable;
import static linux.skbuff.Free.kfree_skb;
import static net.checksum.Csum.ip_fast_csum;
import static net.dst.Dst.skb_dst_drop;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;
import static route.Input.ip_route_input_noref;
import static testing.Ipv4.IPPROTO_TEST;
import static uapi.linux.icmp.Icmp.ICMP_PARAMETERPROB;
import static uapi.linux.if_packet.IfPacket.PACKET_BROADCAST;

import java.util.List;
import java.util.stream.IntStream;
import linux.compiler.IntRef;
import linux.compiler.Ref;
import linux.gfp.Gfp;
import linux.skbuff.sk_buff;
import net.inet_sock.ip_options;
import net.route.rtable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.Ipv4;
import testing.KernelTest;
import testing.Nic;
import testing.Skbs;
import uapi.linux.ip.iphdr;

/** Options of packets from 10.0.0.7 to us: 10.0.0.1 on eth0, 10.1.0.1 on eth1. Their bytes are written {@code "7 7 4 0"}. */
@KernelTest
class IpOptionsTest {
    private static final String RR = "7 11 4 0 0 0 0 0 0 0 0 0";
    private static final String US = "10 0 0 1";

    private Nic eth0;
    private Nic eth1;

    @BeforeEach
    void network() {
        eth0 = Nic.up("eth0", "10.0.0.1/24");
        eth1 = Nic.up("eth1", "10.1.0.1/24");
    }

    private static byte[] bytes(String s) {
        byte[] b = new byte[s.isEmpty() ? 0 : s.split(" ").length];
        for (int i = 0; i < b.length; i++) {
            b[i] = (byte) Integer.parseInt(s.split(" ")[i]);
        }
        return b;
    }

    private static String show(byte[] b, int at, int n) {
        return String.join(" ", IntStream.range(at, at + n).mapToObj(i -> "" + (b[i] & 0xff)).toList());
    }

    /** A packet with these options, which fill whole words, and its route. */
    private sk_buff in(String options) {
        return in(eth0, "10.0.0.1", options);
    }

    private sk_buff in(Nic nic, String daddr, String options) {
        sk_buff skb = Ipv4.packet("10.0.0.7", daddr, IPPROTO_TEST, bytes(options), 0, Skbs.count(0, 20));
        iphdr iph = ip_hdr(skb);
        skb.dev = nic.dev;
        skb.skb_iif = nic.dev.ifindex;
        skb.transport_header = skb.network_header + iph.ihl() * 4;
        assertThat(ip_route_input_noref(skb, iph.daddr(), iph.saddr(), iph.tos(), skb.dev)).isZero();
        IPCB(skb).opt.optlen = iph.ihl() * 4 - 20;
        return skb;
    }

    private static int compile(sk_buff skb) {
        return IpOptions.ip_options_compile(init_net, IPCB(skb).opt, skb);
    }

    private static String options(sk_buff skb) {
        return show(skb.head, skb.network_header + 20, ip_hdr(skb).ihl() * 4 - 20);
    }

    /** Options of an application. */
    private static ip_options app(String s) {
        ip_options opt = new ip_options();
        opt.__data = bytes(s);
        opt.optlen = opt.__data.length;
        return opt;
    }

    @Nested
    class ip_options_compile {
        private void wrong(String options, int pointer) {
            sk_buff skb = in(options);
            assertThat(compile(skb)).isEqualTo(-EINVAL);
            assertThat(eth0.sent).as("parameter problem").hasSize(1);
            byte[] icmp = eth0.sent.remove(0);
            int at = (icmp[0] & 15) * 4;
            assertThat(icmp[at]).isEqualTo((byte) ICMP_PARAMETERPROB);
            assertThat(icmp[at + 4]).isEqualTo((byte) pointer);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("record route: our address goes to the next free place")
        void record_route() {
            sk_buff skb = in(RR);
            assertThat(compile(skb)).isZero();
            assertThat(options(skb)).isEqualTo("7 11 8 10 0 0 1 0 0 0 0 0");
            assertThat(IPCB(skb).opt.rr).isEqualTo(20);
            assertThat(IPCB(skb).opt.rr_needaddr).isTrue();
            assertThat(IPCB(skb).opt.is_changed).isTrue();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("a full record route stays; behind a no-operation its place is one further")
        void full() {
            sk_buff skb = in("1 7 7 8 1 2 3 4");
            assertThat(compile(skb)).isZero();
            assertThat(options(skb)).isEqualTo("1 7 7 8 1 2 3 4");
            assertThat(IPCB(skb).opt.rr).isEqualTo(21);
            assertThat(IPCB(skb).opt.rr_needaddr).isFalse();
            assertThat(IPCB(skb).opt.is_changed).isFalse();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("timestamps: the time, or our address and the time, or the time if the address is ours")
        void timestamps() {
            String noon = "2 147 46 0";
            msleep(43_200_000 - 1);

            sk_buff skb = in("68 8 5 0 0 0 0 0");
            assertThat(compile(skb)).isZero();
            assertThat(options(skb)).isEqualTo("68 8 9 0 " + noon);
            assertThat(IPCB(skb).opt.ts).isEqualTo(20);
            assertThat(IPCB(skb).opt.ts_needtime).isTrue();
            assertThat(IPCB(skb).opt.ts_needaddr).isFalse();
            kfree_skb(skb);

            skb = in("68 12 5 1 0 0 0 0 0 0 0 0");
            assertThat(compile(skb)).isZero();
            assertThat(options(skb)).isEqualTo("68 12 13 1 " + US + " " + noon);
            assertThat(IPCB(skb).opt.ts_needaddr).isTrue();
            kfree_skb(skb);

            skb = in("68 12 5 3 " + US + " 0 0 0 0");
            assertThat(compile(skb)).isZero();
            assertThat(options(skb)).isEqualTo("68 12 13 3 " + US + " " + noon);
            kfree_skb(skb);
            skb = in("68 12 5 3 10 0 0 9 0 0 0 0");
            assertThat(compile(skb)).isZero();
            assertThat(options(skb)).as("somebody else's turn").isEqualTo("68 12 5 3 10 0 0 9 0 0 0 0");
            assertThat(IPCB(skb).opt.ts_needtime).isFalse();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("no room for a time: those who had none are counted, fifteen at most; of prescribed ones not")
        void overflow() {
            sk_buff skb = in("68 8 9 16 1 2 3 4");
            assertThat(compile(skb)).isZero();
            assertThat(options(skb)).isEqualTo("68 8 9 32 1 2 3 4");
            kfree_skb(skb);
            skb = in("68 12 13 243 1 2 3 4 5 6 7 8");
            assertThat(compile(skb)).isZero();
            assertThat(options(skb)).isEqualTo("68 12 13 243 1 2 3 4 5 6 7 8");
            kfree_skb(skb);
            wrong("68 8 9 240 1 2 3 4", 23);
        }

        @Test
        @DisplayName("source routes, strict or loose; router alert of value 0 only")
        void others() {
            sk_buff skb = in("137 7 4 1 2 3 4 0");
            assertThat(compile(skb)).isZero();
            assertThat(IPCB(skb).opt.srr).isEqualTo(20);
            assertThat(IPCB(skb).opt.is_strictroute).isTrue();
            kfree_skb(skb);
            skb = in("1 131 7 4 1 2 3 4");
            assertThat(compile(skb)).isZero();
            assertThat(IPCB(skb).opt.srr).isEqualTo(21);
            assertThat(IPCB(skb).opt.is_strictroute).isFalse();
            kfree_skb(skb);
            skb = in("148 4 0 0 148 4 0 1");
            assertThat(compile(skb)).isZero();
            assertThat(IPCB(skb).opt.router_alert).isEqualTo(20);
            kfree_skb(skb);
            skb = in("148 4 1 0");
            assertThat(compile(skb)).isZero();
            assertThat(IPCB(skb).opt.router_alert).isZero();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("what follows the end is made zero; options that nobody knows are passed over")
        void end() {
            sk_buff skb = in("99 3 9 0 5 6 7 8");
            assertThat(compile(skb)).isZero();
            assertThat(options(skb)).isEqualTo("99 3 9 0 0 0 0 0");
            assertThat(IPCB(skb).opt.is_changed).isTrue();
            kfree_skb(skb);
        }

        @ParameterizedTest
        @CsvSource({
            "1 1 1 7, 23", "7 1 0 0, 20", "7 5 0 0, 20", "7 2 0 0, 21", "7 3 3 0, 22", "7 7 5 0 0 0 0 0, 22",
            "7 3 4 7 3 4 0 0, 23", "137 2 0 0, 21", "137 3 3 0, 22", "131 3 4 131 3 4 0 0, 23", "68 3 5 0, 21",
            "68 4 4 0, 22", "68 7 5 0 0 0 0 0, 22", "68 8 5 1 0 0 0 0, 22", "68 8 5 3 0 0 0 0, 22", "68 4 5 0 68 4 5 0, 24",
            "148 3 0 0, 21"
        })
        @DisplayName("the sender is told which byte is wrong")
        void errors(String options, int pointer) {
            wrong(options, pointer);
        }

        @Test
        @DisplayName("of an application: the first hop of a source route goes out of it, places are kept free, nobody is told")
        void application() {
            ip_options opt = app("131 11 4 1 2 3 4 5 6 7 8 0");
            assertThat(IpOptions.ip_options_compile(init_net, opt, null)).isZero();
            assertThat(opt.faddr).isEqualTo(0x01020304);
            assertThat(show(opt.__data, 0, 7)).isEqualTo("131 11 4 5 6 7 8");

            opt = app(RR);
            assertThat(IpOptions.ip_options_compile(init_net, opt, null)).isZero();
            assertThat(show(opt.__data, 0, 12)).isEqualTo("7 11 8 0 0 0 0 0 0 0 0 0");
            assertThat(opt.rr_needaddr).isTrue();

            opt = app("68 8 5 0 0 0 0 0");
            assertThat(IpOptions.ip_options_compile(init_net, opt, null)).isZero();
            assertThat(show(opt.__data, 0, 8)).isEqualTo("68 8 9 0 0 0 0 0");

            for (String bad : List.of("131 7 8 1 2 3 4 0", "131 6 4 1 2 3 0 0", "131 8 4 1 2 3 4 5")) {
                assertThat(IpOptions.ip_options_compile(init_net, app(bad), null)).as(bad).isEqualTo(-EINVAL);
            }
            assertThat(eth0.sent).isEmpty();
        }
    }

    @Nested
    class ip_options_undo {
        @ParameterizedTest
        @CsvSource({"131 11 4 1 2 3 4 5 6 7 8 0", "7 11 4 0 0 0 0 0 0 0 0 0", "68 12 5 0 0 0 0 0 0 0 0 0",
            "68 12 5 1 0 0 0 0 0 0 0 0", "1 1 1 1"})
        @DisplayName("an application reads what it has written")
        void same(String options) {
            ip_options opt = app(options);
            assertThat(IpOptions.ip_options_compile(init_net, opt, null)).isZero();

            IpOptions.ip_options_undo(opt);

            assertThat(show(opt.__data, 0, opt.optlen)).isEqualTo(options);
        }

        @Test
        @DisplayName("of a prescribed timestamp the address stays, the time becomes 0")
        void prescribed() {
            ip_options opt = app("68 12 5 3 127 255 255 255 9 9 9 9");
            assertThat(IpOptions.ip_options_compile(init_net, opt, null)).isZero();
            assertThat(opt.ts_needtime).isTrue();

            IpOptions.ip_options_undo(opt);

            assertThat(show(opt.__data, 0, 12)).isEqualTo("68 12 5 3 127 255 255 255 0 0 0 0");
        }
    }

    @Nested
    class ip_options_get_alloc {
        @Test
        @DisplayName("room in whole words; null without memory")
        void words() {
            assertThat(IpOptions.ip_options_get_alloc(5).__data).hasSize(8);
            assertThat(IpOptions.ip_options_get_alloc(8).__data).hasSize(8);
            Gfp.failNth(0);
            assertThat(IpOptions.ip_options_get_alloc(5)).isNull();
        }
    }

    @Nested
    class ip_options_get_finish {
        @Test
        @DisplayName("filled up to a word, and checked; none are fine too")
        void filled() {
            Ref<ip_options> opt = new Ref<>();
            ip_options given = new ip_options();
            given.__data = bytes("7 7 4 0 0 0 0 99");

            assertThat(IpOptions.ip_options_get_finish(init_net, opt, given, 7)).isZero();

            assertThat(opt.val).isSameAs(given);
            assertThat(given.optlen).isEqualTo(8);
            assertThat(given.__data[7]).isZero();
            assertThat(given.rr).isEqualTo(20);

            opt.val = null;
            assertThat(IpOptions.ip_options_get_finish(init_net, opt, new ip_options(), 0)).isZero();
            assertThat(opt.val).isNotNull();
        }

        @Test
        @DisplayName("wrong ones: -EINVAL, and nothing is given back")
        void wrong() {
            Ref<ip_options> opt = new Ref<>();
            ip_options given = new ip_options();
            given.__data = bytes("7 9 4 0");
            assertThat(IpOptions.ip_options_get_finish(init_net, opt, given, 4)).isEqualTo(-EINVAL);
            assertThat(opt.val).isNull();
        }
    }

    @Nested
    class ip_options_get {
        @Test
        @DisplayName("a copy of what the application has")
        void copied() {
            Ref<ip_options> opt = new Ref<>();
            byte[] data = bytes("7 7 4 0 0 0 0 99");

            assertThat(IpOptions.ip_options_get(init_net, opt, data, 7)).isZero();

            assertThat(opt.val.__data).isNotSameAs(data);
            assertThat(show(opt.val.__data, 0, 8)).isEqualTo("7 7 8 0 0 0 0 0");
            assertThat(data[2]).isEqualTo((byte) 4);
            Gfp.failNth(0);
            assertThat(IpOptions.ip_options_get(init_net, opt, data, 7)).isEqualTo(-ENOMEM);
        }
    }

    @Nested
    class ip_options_echo {
        private String echo(String options) {
            sk_buff skb = in(options);
            assertThat(compile(skb)).isZero();
            ip_options dopt = new ip_options();
            dopt.__data = new byte[40];
            dopt.srr = 77;
            assertThat(IpOptions.ip_options_echo(dopt, skb)).isZero();
            kfree_skb(skb);
            last = dopt;
            return show(dopt.__data, 0, dopt.optlen);
        }

        private ip_options last;

        @Test
        @DisplayName("no options, no answer's")
        void none() {
            assertThat(echo("")).isEmpty();
            assertThat(last.srr).isZero();
        }

        @Test
        @DisplayName("record route goes on where it is, with a place for us")
        void record_route() {
            assertThat(echo("7 15 4 0 0 0 0 0 0 0 0 0 0 0 0 0")).isEqualTo("7 15 12 10 0 0 1 0 0 0 0 0 0 0 0 0");
            assertThat(last.rr).isEqualTo(20);
            assertThat(last.rr_needaddr).isTrue();

            assertThat(echo("7 7 4 0 0 0 0 0")).as("it was the last place").isEqualTo("7 7 8 10 0 0 1 0");
            assertThat(last.rr_needaddr).isFalse();
        }

        @Test
        @DisplayName("timestamps go on likewise")
        void timestamps() {
            assertThat(echo("68 12 5 0 0 0 0 0 0 0 0 0")).startsWith("68 12 13 0");
            assertThat(last.ts).isEqualTo(20);
            assertThat(last.ts_needtime).isTrue();
            assertThat(echo("68 20 5 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0")).startsWith("68 20 21 1 10 0 0 1");
            assertThat(last.ts_needaddr).isTrue();
        }

        @Test
        @DisplayName("a source route is turned round; the last station comes first; its end, for whom it is, is written when it is sent")
        void source_route() {
            // 10.0.0.20, then 10.0.0.30, then us.
            assertThat(echo("131 11 12 10 0 0 20 10 0 0 30 0")).isEqualTo("131 11 4 10 0 0 20 0 0 0 0 0");
            assertThat(last.faddr).isEqualTo(0x0a00001e);
            assertThat(last.srr).isEqualTo(20);
            assertThat(last.is_strictroute).isFalse();

            assertThat(echo("137 15 16 10 0 0 7 10 0 0 20 10 0 0 30 0")).isEqualTo("137 11 4 10 0 0 20 10 0 0 7 0");
            assertThat(last.is_strictroute).isTrue();
        }

        @Test
        @DisplayName("kernel bug: our address gets into the source route of the packet that is answered")
        void changes_the_packet() {
            sk_buff skb = in("131 11 12 10 0 0 20 10 0 0 30 0");
            assertThat(compile(skb)).isZero();
            ip_options dopt = new ip_options();
            dopt.__data = new byte[40];
            assertThat(IpOptions.ip_options_echo(dopt, skb)).isZero();
            assertThat(options(skb)).isEqualTo("131 11 12 10 0 0 20 10 0 0 1 0");
            kfree_skb(skb);
        }

        @Test
        @DisplayName("everything together, filled up to words")
        void all() {
            assertThat(echo("7 7 4 0 0 0 0 131 7 8 10 0 0 20 1 1")).isEqualTo("7 7 8 10 0 0 1 131 7 4 0 0 0 0 0 0");
            assertThat(last.optlen).isEqualTo(16);
            assertThat(last.srr).isEqualTo(27);
        }
    }

    @Nested
    class ip_options_fragment {
        @Test
        @DisplayName("later fragments have only those options that are copied into each: others become no-operations")
        void blanked() {
            sk_buff skb = in("7 7 8 1 2 3 4 131 7 8 5 6 7 8 1 1");
            assertThat(compile(skb)).isZero();

            IpOptions.ip_options_fragment(skb);

            assertThat(options(skb)).isEqualTo("1 1 1 1 1 1 1 131 7 8 5 6 7 8 1 1");
            assertThat(IPCB(skb).opt.rr).isZero();
            assertThat(IPCB(skb).opt.rr_needaddr).isFalse();
            assertThat(IPCB(skb).opt.srr).isNotZero();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("times are not recorded in them")
        void times() {
            sk_buff skb = in("68 12 5 1 0 0 0 0 0 0 0 0");
            assertThat(compile(skb)).isZero();
            IpOptions.ip_options_fragment(skb);
            assertThat(IPCB(skb).opt.ts).isZero();
            assertThat(IPCB(skb).opt.ts_needaddr).isFalse();
            assertThat(IPCB(skb).opt.ts_needtime).isFalse();
            assertThat(options(skb)).isEqualTo("1 1 1 1 1 1 1 1 1 1 1 1");
            kfree_skb(skb);
        }

        @Test
        @DisplayName("behind an end, or a wrong length, nothing is looked at")
        void stops() {
            sk_buff skb = in("0 7 3 4");
            IpOptions.ip_options_fragment(skb);
            assertThat(options(skb)).isEqualTo("0 7 3 4");
            kfree_skb(skb);
            skb = in("7 9 3 4");
            IpOptions.ip_options_fragment(skb);
            assertThat(options(skb)).isEqualTo("7 9 3 4");
            kfree_skb(skb);
        }
    }

    @Nested
    class spec_dst_fill {
        @Test
        @DisplayName("our address towards the sender, looked up once")
        void once() {
            sk_buff skb = in(eth0, "10.0.0.255", "");
            IntRef a = new IntRef();
            IpOptions.spec_dst_fill(a, skb);
            assertThat(a.val).isEqualTo(Ipv4.ip("10.0.0.1"));
            a.val = 5;
            IpOptions.spec_dst_fill(a, skb);
            assertThat(a.val).isEqualTo(5);
            kfree_skb(skb);
        }
    }

    @Nested
    class ip_options_build {
        private String build(String options, boolean is_frag) {
            ip_options opt = app(options);
            assertThat(IpOptions.ip_options_compile(init_net, opt, null)).isZero();
            sk_buff skb = Ipv4.packet("10.0.0.1", "10.0.0.7", IPPROTO_TEST, new byte[opt.optlen], 0);
            rtable rt = Ipv4.route(init_net, "10.0.0.7");
            skb_dst_set(skb, rt);
            IpOptions.ip_options_build(skb, opt, Ipv4.ip("10.0.0.99"), rt, is_frag);
            String s = options(skb);
            last = IPCB(skb).opt;
            kfree_skb(skb);
            return s;
        }

        private ip_options last;

        @Test
        @DisplayName("the destination is the last hop of a source route; our address and the time are recorded")
        void written() {
            assertThat(build("131 11 4 1 2 3 4 5 6 7 8 0", false)).isEqualTo("131 11 4 5 6 7 8 10 0 0 99 0");
            assertThat(build(RR, false)).isEqualTo("7 11 8 10 0 0 1 0 0 0 0 0");
            assertThat(last.rr_needaddr).isTrue();
            msleep(43_200_000 - 1);
            assertThat(build("68 12 5 1 0 0 0 0 0 0 0 0", false)).isEqualTo("68 12 13 1 10 0 0 1 2 147 46 0");
            assertThat(build("68 8 5 0 0 0 0 0", false)).isEqualTo("68 8 9 0 2 147 46 0");
        }

        @Test
        @DisplayName("in later fragments nothing is recorded")
        void fragment() {
            assertThat(build(RR, true)).isEqualTo("1 1 1 1 1 1 1 1 1 1 1 0");
            assertThat(last.rr).isZero();
            assertThat(last.rr_needaddr).isFalse();
            assertThat(build("68 12 5 1 0 0 0 0 0 0 0 0", true)).isEqualTo("1 1 1 1 1 1 1 1 1 1 1 1");
            assertThat(last.ts).isZero();
            assertThat(last.ts_needtime).isFalse();
            assertThat(last.ts_needaddr).isFalse();
            assertThat(build("131 11 4 1 2 3 4 5 6 7 8 0", true)).isEqualTo("131 11 4 5 6 7 8 10 0 0 99 0");
        }
    }

    @Nested
    class ip_forward_options {
        @Test
        @DisplayName("a router writes the address by which it sends, and sums up anew")
        void recorded() {
            assertThat(init_net.sysctls.write("net.ipv4.ip_forward", "1")).isZero();
            sk_buff skb = in(eth0, "10.1.0.9", RR);
            assertThat(compile(skb)).isZero();

            IpOptions.ip_forward_options(skb);

            assertThat(options(skb)).isEqualTo("7 11 8 10 1 0 1 0 0 0 0 0");
            assertThat(IPCB(skb).opt.is_changed).isFalse();
            assertThat(ip_fast_csum(skb.head, skb.network_header, ip_hdr(skb).ihl())).isZero();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("a source route goes on: the next hop becomes the destination, our address takes its place")
        void source_route() {
            assertThat(init_net.sysctls.write("net.ipv4.ip_forward", "1")).isZero();
            sk_buff skb = in("131 7 4 10 1 0 9 0");
            assertThat(compile(skb)).isZero();
            assertThat(IpOptions.ip_options_rcv_srr(skb)).isZero();

            IpOptions.ip_forward_options(skb);

            assertThat(ip_hdr(skb).daddr()).isEqualTo(Ipv4.ip("10.1.0.9"));
            assertThat(options(skb)).isEqualTo("131 7 8 10 1 0 1 0");
            assertThat(ip_fast_csum(skb.head, skb.network_header, ip_hdr(skb).ihl())).isZero();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("the next hop is not in the option any more: that is logged")
        void lost() {
            sk_buff skb = in("131 7 4 10 1 0 9 0");
            assertThat(compile(skb)).isZero();
            IPCB(skb).opt.srr_is_hit = true;
            IPCB(skb).opt.nexthop = 5;
            IpOptions.ip_forward_options(skb);
            assertThat(dmesg().get(dmesg().size() - 1).toString()).contains("Destination lost");
            kfree_skb(skb);
        }

        @Test
        @DisplayName("nothing to complete: the sum stays as it is")
        void nothing() {
            sk_buff skb = in("148 4 0 0");
            assertThat(compile(skb)).isZero();
            ip_hdr(skb).check(0xdead);
            IpOptions.ip_forward_options(skb);
            assertThat(ip_hdr(skb).check()).isEqualTo(0xdead);
            kfree_skb(skb);
        }
    }

    @Nested
    class ip_options_rcv_srr {
        private int rcv(sk_buff skb) {
            assertThat(compile(skb)).isZero();
            return IpOptions.ip_options_rcv_srr(skb);
        }

        @Test
        @DisplayName("the next hop is somebody else: the packet gets the route to him")
        void goes_on() {
            assertThat(init_net.sysctls.write("net.ipv4.ip_forward", "1")).isZero();
            sk_buff skb = in("131 11 4 10 1 0 9 10 1 0 10 0");
            assertThat(rcv(skb)).isZero();
            assertThat(IPCB(skb).opt.srr_is_hit).isTrue();
            assertThat(IPCB(skb).opt.nexthop).isEqualTo(Ipv4.ip("10.1.0.9"));
            assertThat(skb_rtable(skb).dev).isSameAs(eth1.dev);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("hops that are ourselves are skipped; at the end the packet is for us")
        void ourselves() {
            sk_buff skb = in("131 11 4 10 1 0 1 10 0 0 1 0");
            assertThat(rcv(skb)).isZero();
            assertThat(IPCB(skb).opt.srr_is_hit).isFalse();
            assertThat(ip_hdr(skb).daddr()).isEqualTo(Ipv4.ip("10.0.0.1"));
            assertThat(IPCB(skb).opt.is_changed).isTrue();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("without a route nothing; a broadcast, on the link or by its address, cannot have one; a cut hop is a parameter problem")
        void wrong() {
            sk_buff skb = in("131 7 4 10 1 0 9 0");
            assertThat(compile(skb)).isZero();
            skb.pkt_type = PACKET_BROADCAST;
            assertThat(IpOptions.ip_options_rcv_srr(skb)).isEqualTo(-EINVAL);
            skb_dst_drop(skb);
            assertThat(IpOptions.ip_options_rcv_srr(skb)).isZero();
            kfree_skb(skb);

            skb = in(eth0, "10.0.0.255", "131 7 4 10 1 0 9 0");
            assertThat(rcv(skb)).isEqualTo(-EINVAL);
            kfree_skb(skb);

            skb = in("131 6 4 10 1 0 0 0");
            assertThat(rcv(skb)).isEqualTo(-EINVAL);
            assertThat(eth0.sent).hasSize(1);
            assertThat(eth0.sent.get(0)[(eth0.sent.get(0)[0] & 15) * 4 + 4]).isEqualTo((byte) 22);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("goes through us although we are no hop of it: a loose one may, of a strict one the sender is told")
        void passing() {
            assertThat(init_net.sysctls.write("net.ipv4.ip_forward", "1")).isZero();
            sk_buff skb = in(eth0, "10.1.0.9", "131 7 4 10 1 0 9 0");
            assertThat(rcv(skb)).isZero();
            assertThat(eth0.sent).isEmpty();
            kfree_skb(skb);

            skb = in(eth0, "10.1.0.9", "137 7 4 10 1 0 9 0");
            assertThat(rcv(skb)).isEqualTo(-EINVAL);
            assertThat(eth0.sent).hasSize(1);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("nobody knows the way to the next hop: -EINVAL, and the route stays what it was")
        void nowhere() {
            sk_buff skb = in("131 7 4 10 1 0 9 0");
            rtable rt = skb_rtable(skb);
            assertThat(rcv(skb)).as("we are no router").isEqualTo(-EINVAL);
            assertThat(skb_rtable(skb)).isSameAs(rt);
            kfree_skb(skb);
        }
    }
}
