// SPDX-License-Identifier: GPL-2.0-only
package ip_fragment;

import static ip_fragment.IpFragment.IP_DEFRAG_CALL_RA_CHAIN;
import static ip_fragment.IpFragment.IP_DEFRAG_LOCAL_DELIVER;
import static linux.errno.Errno.E2BIG;
import static linux.errno.Errno.EINPROGRESS;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOENT;
import static linux.errno.Errno.ENOMEM;
import static linux.errno.Errno.ETIMEDOUT;
import static linux.ip.IpHdr.ip_hdr;
import static linux.jiffies.Jiffies.jiffies;
import static linux.list.Lists.list_first_entry;
import static linux.netdevice.Veth.peer;
import static linux.printk.Printk.dmesg;
import static linux.sched.Sched.msleep;
import static linux.skbuff.Cb.IPCB;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.sk_buff.CHECKSUM_COMPLETE;
import static linux.skbuff.sk_buff.CHECKSUM_NONE;
import static linux.skbuff.sk_buff.CHECKSUM_UNNECESSARY;
import static linux.timer.Timers.del_timer;
import static net.inet_frag.InetFrag.inet_frags_exit_net;
import static net.inet_frag.inet_frag_queue.INET_FRAG_FIRST_IN;
import static net.inet_frag.inet_frags.INETFRAGS_HASHSZ;
import static net.ip.IpPacket.IP_DF;
import static net.ip.IpPacket.IP_MF;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Ipv4.IPPROTO_TEST;
import static testing.SocketFields.same;
import static uapi.linux.icmp.Icmp.ICMP_EXC_FRAGTIME;
import static uapi.linux.icmp.Icmp.ICMP_TIME_EXCEEDED;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_REASMFAILS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_REASMOKS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_REASMREQDS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_REASMTIMEOUT;

import linux.gfp.Gfp;
import linux.skbuff.sk_buff;
import net.inetpeer.inet_peer;
import net.net_namespace.NetNs;
import net.net_namespace.net;
import org.junit.jupiter.api.AfterEach;
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

/** Fragments from 10.0.0.7 to 10.0.0.1, of datagrams whose bytes count up from 0. */
@KernelTest
class IpFragmentTest {
    private Nic eth0;

    @BeforeEach
    void network() {
        eth0 = Nic.up("eth0", "10.0.0.1/24");
    }

    @AfterEach
    void given_up() {
        inet_frags_exit_net(init_net.ipv4.frags, IpFragment.ip4_frags);
        assertThat(IpFragment.ip_frag_mem(init_net)).isZero();
        assertThat(IpFragment.ip_frag_nqueues(init_net)).isZero();
    }

    /** {@code n} bytes from {@code offset} on, of the datagram {@code id}. */
    private sk_buff fragment(int id, int offset, int n, boolean more) {
        sk_buff skb = Ipv4.packet("10.0.0.7", "10.0.0.1", IPPROTO_TEST, new byte[0], offset / 8 | (more ? IP_MF : 0),
                Skbs.count(offset, n));
        ip_hdr(skb).id(id);
        return ready(skb);
    }

    private sk_buff ready(sk_buff skb) {
        Ipv4.sum(skb);
        skb.dev = eth0.dev;
        skb.skb_iif = eth0.dev.ifindex;
        skb.transport_header = skb.network_header + ip_hdr(skb).ihl() * 4;
        return skb;
    }

    private static int defrag(sk_buff skb) {
        return IpFragment.ip_defrag(skb, IP_DEFRAG_LOCAL_DELIVER);
    }

    /** Another fragment of datagram 7, which is not the last missing one. */
    private void waits(int offset, int n, boolean more) {
        assertThat(defrag(fragment(7, offset, n, more))).isEqualTo(-EINPROGRESS);
    }

    /** The last missing one: the bytes of the datagram must be all there. */
    private sk_buff completes(int offset, int n, boolean more, int all) {
        sk_buff skb = fragment(7, offset, n, more);
        assertThat(defrag(skb)).isZero();
        byte[] whole = Skbs.bytes(skb);
        assertThat(whole).hasSize(20 + all);
        assertThat(java.util.Arrays.copyOfRange(whole, 20, whole.length)).isEqualTo(Skbs.count(0, all));
        assertThat(ip_hdr(skb).tot_len()).isEqualTo(20 + all);
        assertThat(ip_hdr(skb).frag_off()).isZero();
        return skb;
    }

    private static long mib(int field) {
        return init_net.mib.ip_statistics[field];
    }

    private static ipq queue() {
        return (ipq) list_first_entry(init_net.ipv4.frags.lru_list);
    }

    @Nested
    class ip_defrag {
        @Test
        @DisplayName("in order")
        void in_order() {
            waits(0, 16, true);
            waits(16, 16, true);
            kfree_skb(completes(32, 5, false, 37));
            assertThat(mib(IPSTATS_MIB_REASMREQDS)).isEqualTo(3);
            assertThat(mib(IPSTATS_MIB_REASMOKS)).isEqualTo(1);
            assertThat(mib(IPSTATS_MIB_REASMFAILS)).isZero();
        }

        @Test
        @DisplayName("backwards, and with the middle last")
        void any_order() {
            waits(32, 5, false);
            waits(16, 16, true);
            kfree_skb(completes(0, 16, true, 37));
            waits(32, 5, false);
            waits(0, 16, true);
            kfree_skb(completes(16, 16, true, 37));
        }

        @Test
        @DisplayName("two datagrams at once, told apart by their ids, and the same id for two purposes")
        void several() {
            waits(0, 16, true);
            assertThat(defrag(fragment(8, 0, 16, true))).isEqualTo(-EINPROGRESS);
            assertThat(IpFragment.ip_defrag(fragment(7, 16, 5, false), IP_DEFRAG_CALL_RA_CHAIN)).isEqualTo(-EINPROGRESS);
            assertThat(IpFragment.ip_frag_nqueues(init_net)).isEqualTo(3);

            kfree_skb(completes(16, 5, false, 21));
            assertThat(IpFragment.ip_frag_nqueues(init_net)).isEqualTo(2);
        }

        @Test
        @DisplayName("no memory for a new one: dropped, and counted")
        void no_memory() {
            sk_buff skb = fragment(7, 0, 16, true);
            Gfp.failNth(0);
            assertThat(defrag(skb)).isEqualTo(-ENOMEM);
            assertThat(mib(IPSTATS_MIB_REASMFAILS)).isEqualTo(1);
        }

        @Test
        @DisplayName("what came in is what goes on: device, time, and a place in the accounts for nobody")
        void whole() {
            waits(0, 16, true);
            sk_buff skb = completes(16, 5, false, 21);
            assertThat(skb.dev).isSameAs(eth0.dev);
            assertThat(skb.next).isNull();
            assertThat(IpFragment.ip_frag_mem(init_net)).isZero();
            kfree_skb(skb);
        }
    }

    @Nested
    class ip_frag_queue {
        private ipq qp;

        @BeforeEach
        void first() {
            waits(16, 16, true);
            qp = queue();
        }

        private int add(sk_buff skb) {
            return IpFragment.ip_frag_queue(qp, skb);
        }

        @Test
        @DisplayName("it is noted how much there is, what it costs, and which device it came by")
        void noted() {
            int mem = IpFragment.ip_frag_mem(init_net);
            sk_buff skb = fragment(7, 0, 8, true);
            int truesize = skb.truesize;

            assertThat(add(skb)).isEqualTo(-EINPROGRESS);

            assertThat(qp.meat).isEqualTo(24);
            assertThat(qp.len).isEqualTo(32);
            assertThat(qp.last_in).isEqualTo(INET_FRAG_FIRST_IN);
            assertThat(qp.iif).isEqualTo(eth0.dev.ifindex);
            assertThat(skb.dev).isNull();
            assertThat(IpFragment.ip_frag_mem(init_net)).isEqualTo(mem + truesize);
            assertThat(qp.fragments).isSameAs(skb);
        }

        @Test
        @DisplayName("overlapping the one before: what that has already is cut off")
        void overlaps_before() {
            assertThat(add(fragment(7, 24, 16, true))).isEqualTo(-EINPROGRESS);
            assertThat(qp.meat).isEqualTo(24);
            assertThat(add(fragment(7, 40, 1, false))).isEqualTo(-EINPROGRESS);
            kfree_skb(completes(0, 16, true, 41));
        }

        @Test
        @DisplayName("covered by the one before: dropped")
        void covered() {
            assertThat(add(fragment(7, 24, 8, true))).isEqualTo(-EINVAL);
            assertThat(qp.meat).isEqualTo(16);
        }

        @Test
        @DisplayName("overlapping the one behind: that one loses what this has")
        void overlaps_behind() {
            assertThat(add(fragment(7, 8, 16, true))).isEqualTo(-EINPROGRESS);
            assertThat(qp.meat).isEqualTo(24);
            assertThat(qp.fragments.next.len).isEqualTo(8);
            assertThat(add(fragment(7, 32, 1, false))).isEqualTo(-EINPROGRESS);
            kfree_skb(completes(0, 8, true, 33));
        }

        @Test
        @DisplayName("covering those behind: they are freed")
        void covers() {
            assertThat(add(fragment(7, 40, 8, true))).isEqualTo(-EINPROGRESS);
            assertThat(add(fragment(7, 8, 48, true))).isEqualTo(-EINPROGRESS);
            assertThat(qp.meat).isEqualTo(48);
            assertThat(qp.fragments.next).isNull();
            assertThat(qp.fragments_tail).isSameAs(qp.fragments);
            assertThat(add(fragment(7, 56, 1, false))).isEqualTo(-EINPROGRESS);
            kfree_skb(completes(0, 8, true, 57));
        }

        @Test
        @DisplayName("the end is known: nothing may lie behind it, nor another end")
        void end() {
            assertThat(add(fragment(7, 24, 4, false))).as("before what is there").isEqualTo(-EINVAL);
            assertThat(add(fragment(7, 32, 8, false))).isEqualTo(-EINPROGRESS);
            assertThat(add(fragment(7, 40, 8, true))).isEqualTo(-EINVAL);
            assertThat(add(fragment(7, 32, 16, false))).isEqualTo(-EINVAL);
            assertThat(qp.len).isEqualTo(40);
        }

        @Test
        @DisplayName("all but the last have multiples of eight bytes: what is more is cut off")
        void eight() {
            sk_buff skb = fragment(7, 0, 15, true);
            skb.ip_summed = CHECKSUM_COMPLETE;
            assertThat(add(skb)).isEqualTo(-EINPROGRESS);
            assertThat(skb.len).isEqualTo(8);
            assertThat(skb.ip_summed).isEqualTo(CHECKSUM_NONE);
            assertThat(add(fragment(7, 40, 7, true))).as("nothing is left").isEqualTo(-EINVAL);
        }

        @Test
        @DisplayName("one that nobody waits for any more, or for which there is no memory")
        void refused() {
            qp.refcnt++;
            IpFragment.ipq_kill(qp);
            assertThat(add(fragment(7, 0, 8, true))).isEqualTo(-ENOENT);
            IpFragment.ipq_put(qp);
        }

        @Test
        @DisplayName("the sender may go on with don't fragment: the size of the largest such fragment counts")
        void dont_fragment() {
            sk_buff skb = fragment(7, 0, 16, true);
            ip_hdr(skb).frag_off(IP_MF | IP_DF);
            assertThat(add(skb)).isEqualTo(-EINPROGRESS);
            assertThat(qp.max_size).isEqualTo(36);

            sk_buff last = fragment(7, 32, 1, false);
            assertThat(defrag(last)).isZero();
            assertThat(ip_hdr(last).frag_off()).isEqualTo(IP_DF);
            assertThat(IPCB(last).frag_max_size).isEqualTo(36);
            kfree_skb(last);
        }
    }

    @Nested
    class ip_frag_reasm {
        private sk_buff ecn(int offset, boolean more, int bits) {
            sk_buff skb = fragment(7, offset, 8, more);
            ip_hdr(skb).tos(bits);
            return ready(skb);
        }

        @ParameterizedTest
        @CsvSource({"0, 0, 0", "1, 1, 1", "2, 2, 2", "2, 3, 3", "3, 1, 3", "0, 3, -1", "0, 2, -1", "1, 0, -1"})
        @DisplayName("congestion on the way of one is that of all; fragments with and without ECN do not go together")
        void congestion(int first, int second, int all) {
            assertThat(defrag(ecn(0, true, first))).isEqualTo(-EINPROGRESS);
            sk_buff skb = ecn(8, false, second);

            assertThat(defrag(skb)).isEqualTo(all < 0 ? -EINVAL : 0);

            assertThat(mib(IPSTATS_MIB_REASMFAILS)).isEqualTo(all < 0 ? 1 : 0);
            if (all >= 0) {
                assertThat(ip_hdr(skb).tos()).isEqualTo(all);
                kfree_skb(skb);
            }
        }

        @Test
        @DisplayName("more than 65535 bytes: dropped, and logged")
        void too_large() {
            for (int at = 0; at < 64_400; at += 1400) {
                waits(at, 1400, true);
            }
            assertThat(defrag(fragment(7, 64_400, 1400, false))).isEqualTo(-E2BIG);
            assertThat(dmesg().get(dmesg().size() - 1).toString()).contains("Oversized IP packet from 10.0.0.7");
            assertThat(mib(IPSTATS_MIB_REASMOKS)).isZero();
        }

        @Test
        @DisplayName("no memory for the head: dropped, and logged")
        void no_memory() {
            waits(0, 16, true);
            sk_buff skb = fragment(7, 16, 5, false);
            Gfp.inject((gfp, i) -> true);
            assertThat(defrag(skb)).isEqualTo(-ENOMEM);
            Gfp.inject(null);
            assertThat(mib(IPSTATS_MIB_REASMFAILS)).isEqualTo(1);
            assertThat(dmesg().get(dmesg().size() - 1).toString()).contains("no memory for gluing queue");
        }

        @Test
        @DisplayName("sums by the device add up, if all have one")
        void sums() {
            sk_buff a = fragment(7, 0, 16, true);
            sk_buff b = fragment(7, 16, 8, false);
            a.ip_summed = b.ip_summed = CHECKSUM_COMPLETE;
            a.csum = 1000;
            b.csum = 234;
            assertThat(defrag(a)).isEqualTo(-EINPROGRESS);
            assertThat(defrag(b)).isZero();
            assertThat(b.ip_summed).isEqualTo(CHECKSUM_COMPLETE);
            assertThat(b.csum).isEqualTo(1234);
            kfree_skb(b);

            a = fragment(7, 0, 16, true);
            a.ip_summed = CHECKSUM_COMPLETE;
            b = fragment(7, 16, 8, false);
            b.ip_summed = CHECKSUM_UNNECESSARY;
            defrag(a);
            assertThat(defrag(b)).isZero();
            assertThat(b.ip_summed).isEqualTo(CHECKSUM_NONE);
            kfree_skb(b);
        }

        @Test
        @DisplayName("fragments that are themselves lists of packets")
        void lists() {
            sk_buff head = Ipv4.packet("10.0.0.7", "10.0.0.1", IPPROTO_TEST, new byte[0], IP_MF, Skbs.count(0, 8));
            ip_hdr(head).id(7);
            sk_buff more = Skbs.linear(8);
            Skbs.fill(more, 8);
            Skbs.addToList(head, more);
            assertThat(defrag(ready(head))).isEqualTo(-EINPROGRESS);

            kfree_skb(completes(16, 5, false, 21));
        }
    }

    @Nested
    class ip4_frag_free {
        @Test
        @DisplayName("a queue that goes lets go of what is known of the peer")
        void peer() {
            waits(0, 16, true);
            inet_peer peer = queue().peer;
            int held = peer.refcnt;

            msleep(30_100);

            assertThat(peer.refcnt).isEqualTo(held - 1);
        }
    }

    @Nested
    class ip_expire {
        @Test
        @DisplayName("after 30 s the sender is told, if the first fragment is there to be quoted")
        void told() {
            waits(0, 16, true);
            waits(16, 16, true);
            msleep(30_100);

            assertThat(IpFragment.ip_frag_nqueues(init_net)).isZero();
            assertThat(mib(IPSTATS_MIB_REASMTIMEOUT)).isEqualTo(1);
            assertThat(mib(IPSTATS_MIB_REASMFAILS)).isEqualTo(1);
            assertThat(eth0.sent).hasSize(1);
            assertThat(eth0.sent.get(0)[20]).isEqualTo((byte) ICMP_TIME_EXCEEDED);
            assertThat(eth0.sent.get(0)[21]).isEqualTo((byte) ICMP_EXC_FRAGTIME);
        }

        @Test
        @DisplayName("without the first one nobody is; nor if the device is gone")
        void silent() {
            waits(16, 16, true);
            msleep(30_100);
            assertThat(mib(IPSTATS_MIB_REASMTIMEOUT)).isEqualTo(1);

            waits(0, 16, true);
            queue().iif = 99;
            msleep(30_100);
            assertThat(mib(IPSTATS_MIB_REASMTIMEOUT)).isEqualTo(2);
            assertThat(eth0.sent).isEmpty();
        }

        @Test
        @DisplayName("a fragment does not make the time longer")
        void not_longer() {
            waits(0, 16, true);
            msleep(20_000);
            waits(16, 16, true);
            msleep(10_200);
            assertThat(IpFragment.ip_frag_nqueues(init_net)).isZero();
        }

        @Test
        @DisplayName("complete meanwhile: nothing is counted")
        void complete() {
            waits(0, 16, true);
            ipq qp = queue();
            qp.refcnt++;
            IpFragment.ipq_kill(qp);
            IpFragment.ip_expire(qp);
            assertThat(mib(IPSTATS_MIB_REASMTIMEOUT)).isZero();
        }
    }

    @Nested
    class ip_frag_too_far {
        private void others(int n) {
            for (int i = 0; i < n; i++) {
                assertThat(defrag(fragment(1000 + i, 0, 8, true))).isEqualTo(-EINPROGRESS);
            }
        }

        @Test
        @DisplayName("64 fragments of others by the same sender in between may be; one more, and its ids may have come round")
        void distance() {
            waits(0, 16, true);
            others(63);
            waits(16, 8, true);
            others(64);
            long fails = mib(IPSTATS_MIB_REASMFAILS);
            waits(24, 8, true);

            assertThat(mib(IPSTATS_MIB_REASMFAILS)).isEqualTo(fails + 1);
        }

        @Test
        @DisplayName("not if nobody wants to know")
        void off() {
            init_net.sysctls.write("net.ipv4.ipfrag_max_dist", "0");
            waits(0, 16, true);
            others(100);
            kfree_skb(completes(16, 8, false, 24));
        }
    }

    @Nested
    class ip_frag_reinit {
        @Test
        @DisplayName("forgets what was there, and has 30 s again")
        void anew() {
            waits(0, 16, true);
            ipq qp = queue();
            int empty = IpFragment.ip_frag_mem(init_net) - qp.fragments.truesize;
            msleep(20_000);

            assertThat(IpFragment.ip_frag_reinit(qp)).isZero();

            assertThat(IpFragment.ip_frag_mem(init_net)).isEqualTo(empty);
            assertThat(qp.fragments).isNull();
            assertThat(qp.fragments_tail).isNull();
            assertThat(qp.meat + qp.len + qp.last_in + qp.iif + qp.ecn).isZero();
            assertThat(qp.timer.expires - jiffies).isBetween(30_000L, 30_200L);
            waits(16, 5, false);
            kfree_skb(completes(0, 16, true, 21));
        }

        @Test
        @DisplayName("its time has just run out: -ETIMEDOUT")
        void too_late() {
            waits(0, 16, true);
            ipq qp = queue();
            del_timer(qp.timer);
            qp.refcnt--;

            assertThat(IpFragment.ip_frag_reinit(qp)).isEqualTo(-ETIMEDOUT);
        }
    }

    @Nested
    class ip_evictor {
        @Test
        @DisplayName("above the high mark, those that got nothing for longest go, until the low mark")
        void evicted() {
            for (int i = 0; i < 10; i++) {
                assertThat(defrag(fragment(100 + i, 0, 8, true))).isEqualTo(-EINPROGRESS);
            }
            int mem = IpFragment.ip_frag_mem(init_net);
            // The oldest gets another one: it is the youngest now.
            assertThat(defrag(fragment(100, 8, 8, true))).isEqualTo(-EINPROGRESS);
            init_net.ipv4.frags.high_thresh = mem - 1;
            init_net.ipv4.frags.low_thresh = mem / 2;

            IpFragment.ip_evictor(init_net);

            assertThat(IpFragment.ip_frag_mem(init_net)).isLessThanOrEqualTo(mem / 2);
            assertThat(queue().id).isGreaterThan(103);
            assertThat(((ipq) init_net.ipv4.frags.lru_list.prev.owner).id).isEqualTo(100);
            assertThat(mib(IPSTATS_MIB_REASMFAILS)).isEqualTo(10 - IpFragment.ip_frag_nqueues(init_net));
        }

        @Test
        @DisplayName("not at the mark itself")
        void at_the_mark() {
            waits(0, 16, true);
            init_net.ipv4.frags.high_thresh = IpFragment.ip_frag_mem(init_net);
            init_net.ipv4.frags.low_thresh = 0;
            IpFragment.ip_evictor(init_net);
            assertThat(IpFragment.ip_frag_nqueues(init_net)).isOne();
        }
    }

    @Nested
    class ip_find {
        @Test
        @DisplayName("the same for the same id, addresses, protocol and purpose; held once more")
        void same() {
            sk_buff skb = fragment(7, 0, 8, true);
            ipq a = IpFragment.ip_find(init_net, ip_hdr(skb), 0);
            int refs = a.refcnt;
            assertThat(IpFragment.ip_find(init_net, ip_hdr(skb), 0)).isSameAs(a);
            assertThat(a.refcnt).isEqualTo(refs + 1);
            IpFragment.ipq_put(a);
            IpFragment.ipq_put(a);

            ip_hdr(skb).id(8);
            ipq b = IpFragment.ip_find(init_net, ip_hdr(skb), 0);
            assertThat(b).isNotSameAs(a);
            IpFragment.ipq_put(b);
            assertThat(b.saddr).isEqualTo(Ipv4.ip("10.0.0.7"));
            assertThat(b.netNs).isSameAs(init_net);
            kfree_skb(skb);
        }
    }

    @Nested
    class ip4_frag_match {
        @Test
        @DisplayName("everything has to agree")
        void all() {
            sk_buff skb = fragment(7, 0, 8, true);
            ipq q = IpFragment.ip_find(init_net, ip_hdr(skb), 0);
            IpFragment.ip4_create_arg arg = new IpFragment.ip4_create_arg();
            arg.iph = ip_hdr(skb);
            assertThat(IpFragment.ip4_frag_match(q, arg)).isTrue();
            arg.user = 1;
            assertThat(IpFragment.ip4_frag_match(q, arg)).isFalse();
            arg.user = 0;
            q.id++;
            assertThat(IpFragment.ip4_frag_match(q, arg)).isFalse();
            q.id--;
            q.saddr++;
            assertThat(IpFragment.ip4_frag_match(q, arg)).isFalse();
            q.saddr--;
            q.daddr++;
            assertThat(IpFragment.ip4_frag_match(q, arg)).isFalse();
            q.daddr--;
            q.protocol++;
            assertThat(IpFragment.ip4_frag_match(q, arg)).isFalse();
            q.protocol--;
            IpFragment.ipq_put(q);
            kfree_skb(skb);
        }
    }

    @Nested
    class ipqhashfn {
        @Test
        @DisplayName("within the table, the same for the same, another for most others; a queue's own is that of its fields")
        void spread() {
            int h = IpFragment.ipqhashfn(7, 1, 2, 3);
            assertThat(h).isBetween(0, INETFRAGS_HASHSZ - 1).isEqualTo(IpFragment.ipqhashfn(7, 1, 2, 3));
            assertThat(java.util.stream.IntStream.range(0, 64).map(i -> IpFragment.ipqhashfn(i, 1, 2, 3)).distinct().count())
                    .isGreaterThan(32);
            ipq q = new ipq();
            q.id = 7;
            q.saddr = 1;
            q.daddr = 2;
            q.protocol = 3;
            assertThat(IpFragment.ip4_hashfn(q)).isEqualTo(h);
        }
    }

    @Nested
    class ip4_frag_ecn {
        @Test
        @DisplayName("a bit for each of the four")
        void bit() {
            assertThat(IpFragment.ip4_frag_ecn(0xb8)).isEqualTo(1);
            assertThat(IpFragment.ip4_frag_ecn(0xb8 | 1)).isEqualTo(2);
            assertThat(IpFragment.ip4_frag_ecn(2)).isEqualTo(4);
            assertThat(IpFragment.ip4_frag_ecn(3)).isEqualTo(8);
        }
    }

    @Nested
    class ipv4_frags_init_net {
        @Test
        @DisplayName("each namespace has its marks, its time and its sysctls")
        void own() {
            net net = NetNs.create("other");
            assertThat(net.ipv4.frags.high_thresh).isEqualTo(4 << 20);
            assertThat(net.ipv4.frags.low_thresh).isEqualTo(3 << 20);
            assertThat(net.ipv4.frags.timeout).isEqualTo(30_000);
            assertThat(net.sysctls.write("net.ipv4.ipfrag_time", "5")).isZero();
            assertThat(net.ipv4.frags.timeout).isEqualTo(5000);
            assertThat(init_net.ipv4.frags.timeout).isEqualTo(30_000);

            IpFragment.ipv4_frags_exit_net(net);
            assertThat(net.sysctls.write("net.ipv4.ipfrag_time", "5")).isNegative();
            Gfp.failNth(0);
            assertThat(IpFragment.ipv4_frags_init_net(net)).isEqualTo(-ENOMEM);
            assertThat(IpFragment.ipv4_frags_init_net(net)).isZero();
        }
    }
}
