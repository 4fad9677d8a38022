// SPDX-License-Identifier: GPL-2.0-only
package icmp;

import static linux.errno.Errno.ECONNREFUSED;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.hrtimer.Clock.BOOT_SECONDS;
import static linux.hrtimer.Clock.get_seconds;
import static linux.hrtimer.Clock.ktime_get;
import static linux.printk.Printk.dmesg;
import static linux.sched.Sched.msleep;
import static linux.skbuff.Clone.skb_clone;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.sk_buff.CHECKSUM_COMPLETE;
import static linux.skbuff.sk_buff.CHECKSUM_UNNECESSARY;
import static linux.types.Be.get32;
import static net.dst.Metrics.dst_mtu;
import static net.net_namespace.NetNs.init_net;
import static net.route.Route.ip_rt_put;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Ipv4.IPPROTO_TEST;
import static uapi.linux.icmp.Icmp.ICMP_DEST_UNREACH;
import static uapi.linux.icmp.Icmp.ICMP_ECHO;
import static uapi.linux.icmp.Icmp.ICMP_ECHOREPLY;
import static uapi.linux.icmp.Icmp.ICMP_FRAG_NEEDED;
import static uapi.linux.icmp.Icmp.ICMP_PARAMETERPROB;
import static uapi.linux.icmp.Icmp.ICMP_PORT_UNREACH;
import static uapi.linux.icmp.Icmp.ICMP_REDIRECT;
import static uapi.linux.icmp.Icmp.ICMP_SR_FAILED;
import static uapi.linux.icmp.Icmp.ICMP_TIMESTAMP;
import static uapi.linux.icmp.Icmp.ICMP_TIMESTAMPREPLY;
import static uapi.linux.icmp.Icmp.ICMP_TIME_EXCEEDED;
import static uapi.linux.icmp.Icmp.NR_ICMP_TYPES;
import static uapi.linux.icmp.Icmp.NR_ICMP_UNREACH;
import static uapi.linux.in.In.IPPROTO_ICMP;
import static uapi.linux.in.In.IPPROTO_TCP;
import static uapi.linux.snmp.Snmp.ICMP_MIB_CSUMERRORS;
import static uapi.linux.snmp.Snmp.ICMP_MIB_INERRORS;
import static uapi.linux.snmp.Snmp.ICMP_MIB_INMSGS;

import fib_frontend.IpRoute;
import java.util.Arrays;
import java.util.List;
import linux.gfp.Gfp;
import linux.skbuff.sk_buff;
import net.route.rtable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import raw.raw_sock;
import testing.Ipv4;
import testing.KernelTest;
import testing.Nic;
import testing.RawSocket;
import testing.Skbs;

/** ICMP messages from 10.0.0.7 to 10.0.0.1; errors quote what we have sent to 10.0.0.9. */
@KernelTest
class ReceiveTest {
    private static final byte[] DATA = Skbs.count(1, 40);

    private Nic eth0;
    private Ipv4.Handler upper;

    @BeforeEach
    void network() {
        eth0 = Nic.up("eth0", "10.0.0.1/24");
        upper = Ipv4.handler();
    }

    private static byte[] ours() {
        return Pings.quoted("10.0.0.1", "10.0.0.9", IPPROTO_TEST, DATA);
    }

    private static sk_buff message(int type, int code, int info, byte... data) {
        return Ipv4.packet("10.0.0.7", "10.0.0.1", IPPROTO_ICMP, Ipv4.icmp(type, code, info, data));
    }

    private sk_buff atData(int type, int code, int info, byte... data) {
        return Pings.atData(eth0, message(type, code, info, data));
    }

    @Nested
    class icmp_socket_deliver {
        private void deliver(byte[] quoted, int info) {
            sk_buff skb = atData(ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0, quoted);
            Receive.icmp_socket_deliver(skb, info);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("the protocol whose packet is quoted hears of it")
        void protocol() {
            deliver(ours(), 4711);

            assertThat(upper.infos).containsExactly(4711);
            assertThat(upper.quoted).containsExactly(ours());
        }

        @Test
        @DisplayName("raw sockets hear of it as well")
        void raw() {
            raw_sock sk = RawSocket.open(init_net, IPPROTO_TEST);
            sk.recverr = true;

            deliver(ours(), 0);

            assertThat(sk.sk_err).isEqualTo(ECONNREFUSED);
            assertThat(upper.infos).hasSize(1);
            RawSocket.close(sk);
        }

        @Test
        @DisplayName("header and eight bytes must be there")
        void short_quote() {
            deliver(Arrays.copyOf(ours(), 27), 0);
            assertThat(upper.infos).isEmpty();

            deliver(Arrays.copyOf(ours(), 28), 0);
            assertThat(upper.infos).hasSize(1);

            byte[] longHeader = Arrays.copyOf(ours(), 28);
            longHeader[0] = 0x46;
            deliver(longHeader, 0);
            assertThat(upper.infos).hasSize(1);
        }

        @Test
        @DisplayName("a protocol that nobody handles, or that does not want to hear of errors")
        void nobody() {
            deliver(Pings.quoted("10.0.0.1", "10.0.0.9", 254, DATA), 0);
            upper.prot.err_handler = null;
            deliver(ours(), 0);
            assertThat(upper.infos).isEmpty();
        }
    }

    @Nested
    class icmp_tag_validation {
        @Test
        @DisplayName("TCP checks sequence numbers; a protocol that does not say so, or is not there, checks nothing")
        void strict() {
            assertThat(Receive.icmp_tag_validation(IPPROTO_TCP)).isTrue();
            assertThat(Receive.icmp_tag_validation(IPPROTO_TEST)).isFalse();
            assertThat(Receive.icmp_tag_validation(254)).isFalse();

            upper.prot.icmp_strict_tag_validation = true;
            assertThat(Receive.icmp_tag_validation(IPPROTO_TEST)).isTrue();
        }
    }

    @Nested
    class icmp_unreach {
        private List<Integer> unreach(int type, int code, int info, byte[] quoted) {
            sk_buff skb = atData(type, code, info, quoted);
            upper.infos.clear();
            Receive.icmp_unreach(skb);
            kfree_skb(skb);
            return upper.infos;
        }

        @ParameterizedTest
        @CsvSource({"0", "1", "2", "3", "5", "6", "13", "15"})
        @DisplayName("destination unreachable, whatever the reason: passed on, without a number")
        void reasons(int code) {
            assertThat(unreach(ICMP_DEST_UNREACH, code, 0x01020304, ours())).containsExactly(0);
        }

        @Test
        @DisplayName("fragmentation needed: with the MTU of the link that was too small")
        void frag_needed() {
            assertThat(unreach(ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, 0x00050578, ours())).containsExactly(1400);
        }

        @ParameterizedTest
        @CsvSource({"1, 0", "2, -1", "3, -1", "0, 1400"})
        @DisplayName("ip_no_pmtu_disc: 1 keeps the number to itself, 2 the message, 3 that about protocols that check nothing")
        void no_pmtu_disc(int sysctl, int info) {
            init_net.ipv4.sysctl_ip_no_pmtu_disc = sysctl;

            List<Integer> got = unreach(ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, 1400, ours());

            assertThat(got).isEqualTo(info < 0 ? List.of() : List.of(info));
            assertThat(dmesg().stream().anyMatch(l -> l.toString().contains("10.0.0.9: fragmentation needed and DF set")))
                    .isEqualTo(sysctl == 1);
        }

        @Test
        @DisplayName("ip_no_pmtu_disc 3 believes it of a protocol that checks")
        void no_pmtu_disc_strict() {
            init_net.ipv4.sysctl_ip_no_pmtu_disc = 3;
            upper.prot.icmp_strict_tag_validation = true;
            assertThat(unreach(ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, 1400, ours())).containsExactly(1400);
        }

        @Test
        @DisplayName("source route failed: a line in the log, too")
        void source_route() {
            assertThat(unreach(ICMP_DEST_UNREACH, ICMP_SR_FAILED, 0, ours())).containsExactly(0);
            assertThat(dmesg().get(dmesg().size() - 1).toString()).contains("10.0.0.9: Source Route Failed");
        }

        @Test
        @DisplayName("a reason that nobody knows: ignored")
        void unknown_code() {
            assertThat(unreach(ICMP_DEST_UNREACH, NR_ICMP_UNREACH + 1, 0, ours())).isEmpty();
            assertThat(unreach(ICMP_TIME_EXCEEDED, NR_ICMP_UNREACH + 1, 0, ours())).containsExactly(0);
        }

        @Test
        @DisplayName("parameter problem: with the place in the packet")
        void parameter_problem() {
            assertThat(unreach(ICMP_PARAMETERPROB, 0, 0xf3000000, ours())).containsExactly(0xf3);
        }

        @Test
        @DisplayName("without a whole IP header, or with an impossible one, an error")
        void mangled() {
            assertThat(unreach(ICMP_DEST_UNREACH, 1, 0, Arrays.copyOf(ours(), 19))).isEmpty();
            assertThat(Pings.mib(ICMP_MIB_INERRORS)).isEqualTo(1);

            byte[] bad = ours();
            bad[0] = 0x44;
            assertThat(unreach(ICMP_DEST_UNREACH, 1, 0, bad)).isEmpty();
            assertThat(Pings.mib(ICMP_MIB_INERRORS)).isEqualTo(2);
        }

        @Test
        @DisplayName("about a broadcast of ours: passed on, or, if one wants to know of such routers, logged")
        void broadcast() {
            byte[] cast = Pings.quoted("10.0.0.1", "10.0.0.255", IPPROTO_TEST, DATA);
            assertThat(unreach(ICMP_DEST_UNREACH, 3, 0, cast)).hasSize(1);

            init_net.ipv4.sysctl_icmp_ignore_bogus_error_responses = 0;
            assertThat(unreach(ICMP_DEST_UNREACH, 3, 0, cast)).isEmpty();
            assertThat(dmesg().get(dmesg().size() - 1).toString())
                    .contains("10.0.0.7 sent an invalid ICMP type 3, code 3 error to a broadcast: 10.0.0.255 on eth0");
            assertThat(unreach(ICMP_DEST_UNREACH, 3, 0, ours())).hasSize(1);
        }
    }

    @Nested
    class icmp_redirect {
        private List<Integer> redirect(byte[] quoted) {
            sk_buff skb = atData(ICMP_REDIRECT, 1, Ipv4.ip("10.0.0.254"), quoted);
            Receive.icmp_redirect(skb);
            kfree_skb(skb);
            return upper.infos;
        }

        @Test
        @DisplayName("passed on with the new gateway")
        void passed_on() {
            assertThat(redirect(ours())).containsExactly(Ipv4.ip("10.0.0.254"));
        }

        @Test
        @DisplayName("without a whole IP header: an error")
        void cut() {
            assertThat(redirect(Arrays.copyOf(ours(), 19))).isEmpty();
            assertThat(Pings.mib(ICMP_MIB_INERRORS)).isEqualTo(1);
        }

        @Test
        @DisplayName("in pages, and no memory to bring it together: ignored")
        void no_memory() {
            sk_buff skb = atData(ICMP_REDIRECT, 1, 0);
            Skbs.addPage(skb, 0, 28);
            sk_buff clone = skb_clone(skb, GFP_ATOMIC);
            Gfp.failNth(0);
            Receive.icmp_redirect(skb);
            assertThat(upper.infos).isEmpty();
            assertThat(Pings.mib(ICMP_MIB_INERRORS)).isZero();
            kfree_skb(skb);
            kfree_skb(clone);
        }
    }

    @Nested
    class icmp_echo {
        @Test
        @DisplayName("the answer has the id, the number and the data of the ping")
        void answered() {
            sk_buff skb = atData(ICMP_ECHO, 7, 0x12340002, DATA);

            Receive.icmp_echo(skb);

            assertThat(Pings.sent(eth0)).singleElement().satisfies(m -> {
                assertThat(m.type()).isEqualTo(ICMP_ECHOREPLY);
                assertThat(m.code()).isEqualTo(7);
                assertThat(m.info()).isEqualTo(0x12340002);
                assertThat(m.data()).isEqualTo(DATA);
                assertThat(m.dst()).isEqualTo("10.0.0.7");
            });
            kfree_skb(skb);
        }

        @Test
        @DisplayName("icmp_echo_ignore_all keeps us silent")
        void ignored() {
            init_net.sysctls.write("net.ipv4.icmp_echo_ignore_all", "1");
            sk_buff skb = atData(ICMP_ECHO, 0, 0, DATA);

            Receive.icmp_echo(skb);

            assertThat(eth0.sent).isEmpty();
            kfree_skb(skb);
        }
    }

    @Nested
    class icmp_timestamp {
        @Test
        @DisplayName("his time comes back, and ours twice: milliseconds since midnight, UTC")
        void time() {
            msleep(86_400_000 + 1234);
            int now = (int) (get_seconds() * 1000 + ktime_get() / 1_000_000 % 1000 - (BOOT_SECONDS + 86_400) * 1000);
            assertThat(now).isBetween(1234, 1240);
            sk_buff skb = atData(ICMP_TIMESTAMP, 9, 0x00010002, new byte[] {0, 0, 5, 6, 0, 0, 0, 0, 0, 0, 0, 0});

            Receive.icmp_timestamp(skb);

            assertThat(Pings.sent(eth0)).singleElement().satisfies(m -> {
                assertThat(m.type()).isEqualTo(ICMP_TIMESTAMPREPLY);
                assertThat(m.code()).isZero();
                assertThat(m.info()).isEqualTo(0x00010002);
                assertThat(m.data()).hasSize(12);
                assertThat(get32(m.data(), 0)).isEqualTo(0x0506);
                assertThat(get32(m.data(), 4)).isEqualTo(now);
                assertThat(get32(m.data(), 8)).isEqualTo(now);
            });
            kfree_skb(skb);
        }

        @Test
        @DisplayName("without his time: an error")
        void cut() {
            sk_buff skb = atData(ICMP_TIMESTAMP, 0, 0, new byte[] {1, 2, 3});

            Receive.icmp_timestamp(skb);

            assertThat(eth0.sent).isEmpty();
            assertThat(Pings.mib(ICMP_MIB_INERRORS)).isEqualTo(1);
            kfree_skb(skb);
        }
    }

    @Nested
    class icmp_discard {
        @ParameterizedTest
        @ValueSource(ints = {1, 2, 6, 7, 9, 10, 14, 15, 16, 17, 18})
        @DisplayName("what it is given has no effect but to be counted as received")
        void nothing(int type) {
            sk_buff skb = Pings.atIcmp(eth0, message(type, 0, 0, ours()));
            Receive.icmp_rcv(skb);

            assertThat(eth0.sent).isEmpty();
            assertThat(upper.infos).isEmpty();
            assertThat(Pings.mib(ICMP_MIB_INMSGS)).isEqualTo(1);
            assertThat(Pings.mib(ICMP_MIB_INERRORS)).isZero();

            sk_buff kept = atData(type, 0, 0, ours());
            Receive.icmp_discard(kept);
            assertThat(kept.users).as("still the caller's").isEqualTo(1);
            kfree_skb(kept);
        }
    }

    @Nested
    class icmp_rcv {
        private int rcv(sk_buff skb) {
            return Receive.icmp_rcv(Pings.atIcmp(eth0, skb));
        }

        private long errors() {
            return Pings.mib(ICMP_MIB_INERRORS);
        }

        @Test
        @DisplayName("gives each message to the handler of its type, and counts it")
        void handled() {
            assertThat(rcv(message(ICMP_ECHO, 0, 0, DATA))).isZero();
            assertThat(eth0.sent).hasSize(1);
            assertThat(rcv(message(ICMP_DEST_UNREACH, 3, 0, ours()))).isZero();
            assertThat(upper.infos).hasSize(1);

            assertThat(Pings.mib(ICMP_MIB_INMSGS)).isEqualTo(2);
            assertThat(init_net.mib.icmpmsg_statistics[ICMP_ECHO]).isEqualTo(1);
            assertThat(init_net.mib.icmpmsg_statistics[ICMP_DEST_UNREACH]).isEqualTo(1);
            assertThat(errors()).isZero();
        }

        @ParameterizedTest
        @ValueSource(ints = {3, 4, 5, 11, 12})
        @DisplayName("errors about our packets reach their protocol")
        void errors_passed_on(int type) {
            rcv(message(type, 0, 0, ours()));
            assertThat(upper.infos).hasSize(1);
        }

        @Test
        @DisplayName("a wrong checksum: two counters, and its type does not count")
        void checksum() {
            sk_buff skb = message(ICMP_ECHO, 0, 0, DATA);
            skb.head[skb.data + 30]++;

            rcv(skb);

            assertThat(Pings.mib(ICMP_MIB_CSUMERRORS)).isEqualTo(1);
            assertThat(errors()).isEqualTo(1);
            assertThat(init_net.mib.icmpmsg_statistics[ICMP_ECHO]).isZero();
            assertThat(eth0.sent).isEmpty();
        }

        @Test
        @DisplayName("a sum by the device is believed if it is right, and made again if it is not")
        void summed() {
            sk_buff skb = message(ICMP_ECHO, 0, 0, DATA);
            skb.ip_summed = CHECKSUM_COMPLETE;
            skb.csum = 0xffff;
            skb.head[skb.data + 30]++;
            rcv(skb);
            assertThat(eth0.sent).hasSize(1);

            skb = message(ICMP_ECHO, 0, 0, DATA);
            skb.ip_summed = CHECKSUM_COMPLETE;
            skb.csum = 0x1234;
            rcv(skb);
            assertThat(eth0.sent).hasSize(2);
        }

        @Test
        @DisplayName("one that the device has found right is not summed up")
        void unnecessary() {
            sk_buff skb = message(ICMP_ECHO, 0, 0, DATA);
            skb.head[skb.data + 30]++;
            skb.ip_summed = CHECKSUM_UNNECESSARY;
            rcv(skb);
            assertThat(eth0.sent).hasSize(1);
        }

        @Test
        @DisplayName("shorter than its header: an error")
        void runt() {
            sk_buff skb = Ipv4.packet("10.0.0.7", "10.0.0.1", IPPROTO_ICMP, new byte[] {8, 0, (byte) 0xf7, (byte) 0xff});
            rcv(skb);
            assertThat(errors()).isEqualTo(1);
            assertThat(Pings.mib(ICMP_MIB_CSUMERRORS)).isZero();
        }

        @Test
        @DisplayName("a type that nobody knows: counted, and an error")
        void unknown() {
            rcv(message(NR_ICMP_TYPES + 1, 0, 0, DATA));
            assertThat(errors()).isEqualTo(1);
            assertThat(init_net.mib.icmpmsg_statistics[NR_ICMP_TYPES + 1]).isEqualTo(1);
        }

        private sk_buff cast(int type) {
            return Ipv4.packet("10.0.0.7", "10.0.0.255", IPPROTO_ICMP, Ipv4.icmp(type, 0, 0, DATA));
        }

        @Test
        @DisplayName("pings to all are not answered, unless one wants to")
        void broadcast() {
            rcv(cast(ICMP_ECHO));
            rcv(cast(ICMP_TIMESTAMP));
            assertThat(eth0.sent).isEmpty();
            assertThat(errors()).isEqualTo(2);

            init_net.sysctls.write("net.ipv4.icmp_echo_ignore_broadcasts", "0");
            rcv(cast(ICMP_ECHO));
            rcv(cast(ICMP_TIMESTAMP));
            assertThat(eth0.sent).hasSize(2);
            assertThat(errors()).isEqualTo(2);
        }

        @ParameterizedTest
        @CsvSource({"3, 1", "0, 1", "14, 1", "17, 0", "18, 0"})
        @DisplayName("nothing else may go to all, but for address masks")
        void broadcast_others(int type, int error) {
            rcv(cast(type));
            assertThat(errors()).isEqualTo(error);
        }
    }

    @Nested
    class icmp_err {
        private void err(int type, int code, int info, int quotedType) {
            byte[] ping = Pings.quoted("10.0.0.1", "10.0.0.9", IPPROTO_ICMP, Ipv4.icmp(quotedType, 0, 0, DATA));
            sk_buff skb = atData(type, code, 0, ping);
            Receive.icmp_err(skb, info);
            kfree_skb(skb);
        }

        private int mtu() {
            rtable rt = Ipv4.route(init_net, "10.0.0.9");
            int mtu = dst_mtu(rt);
            ip_rt_put(rt);
            return mtu;
        }

        @Test
        @DisplayName("an answer of ours to a ping was too large: the route learns it")
        void answer() {
            err(ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, 1000, ICMP_ECHOREPLY);
            assertThat(mtu()).isEqualTo(1000);
        }

        @Test
        @DisplayName("a ping: not ours")
        void ping() {
            err(ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, 1000, ICMP_ECHO);
            assertThat(mtu()).isEqualTo(1500);
        }

        @Test
        @DisplayName("unreachable for another reason: nothing to learn")
        void unreachable() {
            err(ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 1000, ICMP_ECHOREPLY);
            assertThat(mtu()).isEqualTo(1500);
        }

        @Test
        @DisplayName("there is a better gateway: the route learns it")
        void redirect() {
            assertThat(IpRoute.add(init_net, "192.0.2.0/24 via 10.0.0.7")).isZero();
            byte[] ping = Pings.quoted("10.0.0.1", "192.0.2.1", IPPROTO_ICMP, Ipv4.icmp(ICMP_ECHOREPLY, 0, 0, DATA));
            sk_buff skb = atData(ICMP_REDIRECT, 1, Ipv4.ip("10.0.0.254"), ping);

            Receive.icmp_err(skb, 0);
            kfree_skb(skb);

            rtable rt = Ipv4.route(init_net, "192.0.2.1");
            assertThat(rt.rt_gateway).isEqualTo(Ipv4.ip("10.0.0.254"));
            ip_rt_put(rt);
        }
    }
}
