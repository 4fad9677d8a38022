// SPDX-License-Identifier: GPL-2.0-only
package inet_connection_sock;

import static linux.errno.Errno.EHOSTUNREACH;
import static linux.hrtimer.Clock.NSEC_PER_MSEC;
import static linux.hrtimer.Clock.passTo;
import static linux.jiffies.Jiffies.jiffies;
import static linux.timer.Timers.timer_pending;
import static net.dst.Garbage.dst_release;
import static net.net_namespace.NetNs.init_net;
import static net.request_sock.Requests.__reqsk_free;
import static net.request_sock.Requests.liveRequests;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Ipv4.ip;
import static testing.Vectors.each;
import static uapi.linux.in.In.IPPROTO_TCP;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_OUTNOROUTES;

import fib_frontend.IpRoute;
import java.util.ArrayList;
import java.util.List;
import linux.compiler.IntRef;
import linux.tcp.tcp_request_sock;
import linux.tcp.tcp_sock;
import net.dst.dst_entry;
import net.flow.flowi4;
import net.inet_sock.ip_options;
import net.request_sock.ReqLink;
import net.request_sock.listen_sock;
import net.request_sock.request_sock;
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
import testing.TcpTables;
import testing.Vectors;

@KernelTest
class SynQueueTest {
    private TcpTables tcp;
    private tcp_sock listener;
    private listen_sock lopt;

    @BeforeEach
    void listener() {
        tcp = new TcpTables();
        listener = tcp.listening(80);
        lopt = listener.icsk_accept_queue.listen_opt;
    }

    @AfterEach
    void end() {
        tcp.end();
    }

    /** A request from this port, in the SYN queue. */
    private tcp_request_sock queued(int port) {
        tcp_request_sock req = tcp.request("10.0.0.1", 80, "10.0.0.7", port);
        SynQueue.inet_csk_reqsk_queue_hash_add(listener, req, 1000);
        return req;
    }

    private request_sock search(ReqLink prev, int port) {
        return SynQueue.inet_csk_search_req(listener, prev, port, ip("10.0.0.7"), ip("10.0.0.1"));
    }

    /** A network, for tests of routes. */
    @Nested
    class WithRoutes {
        private Nic eth0;
        private tcp_request_sock req;
        private final flowi4 fl4 = new flowi4();

        @BeforeEach
        void network() {
            Ipv4.boot();
            eth0 = Nic.up("eth0", "10.0.0.1/24");
            assertThat(IpRoute.add(init_net, "10.9.0.0/16 via 10.0.0.9")).isZero();
            req = tcp.request("10.0.0.1", 80, "10.0.0.7", 1234);
        }

        @AfterEach
        void free() {
            __reqsk_free(req);
        }

        private void sourceRoute(String faddr, boolean strict) {
            req.opt = new ip_options();
            req.opt.srr = 20;
            req.opt.faddr = ip(faddr);
            req.opt.is_strictroute = strict;
        }

        @Nested
        class inet_csk_route_req {
            @Test
            @DisplayName("finds the way back to who sent the SYN, and leaves in the flow what was asked for")
            void way_back() {
                listener.sk_mark = 5;

                dst_entry dst = SynQueue.inet_csk_route_req(listener, fl4, req);

                assertThat(dst.dev).isSameAs(eth0.dev);
                assertThat(fl4.daddr).isEqualTo(ip("10.0.0.7"));
                assertThat(fl4.saddr).isEqualTo(ip("10.0.0.1"));
                assertThat(fl4.fl4_dport).isEqualTo(1234);
                assertThat(fl4.fl4_sport).isEqualTo(80);
                assertThat(fl4.flowic_mark).isEqualTo(5);
                assertThat(fl4.flowic_proto).isEqualTo(IPPROTO_TCP);
                dst_release(dst);
            }

            @Test
            @DisplayName("with a source route the first hop of it counts")
            void source_route() {
                sourceRoute("10.0.0.9", false);

                dst_entry dst = SynQueue.inet_csk_route_req(listener, fl4, req);

                assertThat(fl4.daddr).isEqualTo(ip("10.0.0.9"));
                dst_release(dst);
            }

            @Test
            @DisplayName("a strict source route must not need a gateway")
            void strict() {
                sourceRoute("10.9.0.1", true);
                assertThat(SynQueue.inet_csk_route_req(listener, fl4, req)).isNull();
                assertThat(init_net.mib.ip_statistics[IPSTATS_MIB_OUTNOROUTES]).isOne();

                sourceRoute("10.9.0.1", false);
                dst_release(SynQueue.inet_csk_route_req(listener, fl4, req));
            }

            @Test
            @DisplayName("without a route: null, and it is counted")
            void no_route() {
                req.skc_daddr = ip("192.0.2.1");

                assertThat(SynQueue.inet_csk_route_req(listener, fl4, req)).isNull();

                assertThat(init_net.mib.ip_statistics[IPSTATS_MIB_OUTNOROUTES]).isOne();
            }
        }

        @Nested
        class inet_csk_route_child_sock {
            @Test
            @DisplayName("fills in the flow of the new socket, by whose options it goes")
            void flow_of_the_child() {
                tcp_sock child = tcp.socket();

                dst_entry dst = SynQueue.inet_csk_route_child_sock(listener, child, req);

                assertThat(dst.dev).isSameAs(eth0.dev);
                assertThat(child.cork.fl.daddr).isEqualTo(ip("10.0.0.7"));
                assertThat(child.cork.fl.fl4_dport).isEqualTo(1234);
                dst_release(dst);

                sourceRoute("10.0.0.9", false);
                child.inet_opt = req.opt;
                dst_release(SynQueue.inet_csk_route_child_sock(listener, child, req));
                assertThat(child.cork.fl.daddr).isEqualTo(ip("10.0.0.9"));
            }

            @Test
            @DisplayName("without a route, or with a strict source route through a gateway: null, and it is counted")
            void no_route() {
                tcp_sock child = tcp.socket();
                sourceRoute("10.9.0.1", true);
                child.inet_opt = req.opt;
                assertThat(SynQueue.inet_csk_route_child_sock(listener, child, req)).isNull();

                child.inet_opt = null;
                req.skc_daddr = ip("192.0.2.1");
                assertThat(SynQueue.inet_csk_route_child_sock(listener, child, req)).isNull();

                assertThat(init_net.mib.ip_statistics[IPSTATS_MIB_OUTNOROUTES]).isEqualTo(2);
            }
        }
    }

    @Nested
    class inet_synq_hash {
        @Test
        @DisplayName("agrees with the real kernel")
        void vectors() {
            Vectors.each("inet_hashes", row -> assertThat(SynQueue.inet_synq_hash(
                            row.be32("in.faddr"),
                            row.i32("in.fport"),
                            row.i32("in.initval"),
                            row.i32("in.hsize")))
                    .as("%s", row)
                    .isEqualTo(row.i32("out.inet_synq_hash")));
        }
    }

    @Nested
    class inet_csk_search_req {
        @Test
        @DisplayName("finds each of many requests, by the link that leads to it")
        void each() {
            tcp_request_sock[] reqs = new tcp_request_sock[40];
            for (int i = 0; i < reqs.length; i++) {
                reqs[i] = queued(1000 + i);
            }
            ReqLink prev = new ReqLink();

            for (int i = 0; i < reqs.length; i++) {
                assertThat(search(prev, 1000 + i)).isSameAs(reqs[i]);
                assertThat(prev.get()).isSameAs(reqs[i]);
            }
        }

        @Test
        @DisplayName("port and both addresses must be right")
        void others() {
            queued(1000);
            ReqLink prev = new ReqLink();

            assertThat(search(prev, 1001)).isNull();
            assertThat(SynQueue.inet_csk_search_req(listener, prev, 1000, ip("10.0.0.8"), ip("10.0.0.1"))).isNull();
            assertThat(SynQueue.inet_csk_search_req(listener, prev, 1000, ip("10.0.0.7"), ip("10.0.0.2"))).isNull();
        }
    }

    @Nested
    class inet_csk_reqsk_queue_hash_add {
        @Test
        @DisplayName("the request waits for its third ACK, and the first one starts the timer")
        void waits() {
            tcp_request_sock req = queued(1000);
            long expires = listener.sk_timer.expires;

            assertThat(lopt.qlen).isOne();
            assertThat(lopt.qlen_young).isOne();
            assertThat(req.expires).isEqualTo(jiffies + 1000);
            assertThat(expires).isBetween(jiffies + 1000, jiffies + 1004);

            passTo(500 * NSEC_PER_MSEC);
            queued(1001);
            assertThat(lopt.qlen).isEqualTo(2);
            assertThat(listener.sk_timer.expires).isEqualTo(expires);
        }
    }

    @Nested
    class syn_ack_recalc {
        private final IntRef expire = new IntRef();
        private final IntRef resend = new IntRef();

        @ParameterizedTest
        @CsvSource({"4, 0", "5, 1", "6, 1"})
        @DisplayName("every timeout repeats the SYN/ACK, until there were as many as may be")
        void plain(int num_timeout, int expected) {
            tcp_request_sock req = new tcp_request_sock();
            req.num_timeout = num_timeout;

            SynQueue.syn_ack_recalc(req, 5, 5, 0, expire, resend);

            assertThat(expire.val).isEqualTo(expected);
            assertThat(resend.val).isOne();
        }

        @ParameterizedTest
        @CsvSource({
            "false, 0, 0, 1",
            "false, 4, 0, 1",
            "false, 5, 1, 1",
            "true,  0, 0, 0",
            "true,  5, 0, 0",
            "true,  6, 0, 1",
            "true,  7, 1, 1"
        })
        @DisplayName("TCP_DEFER_ACCEPT of 7: after the third ACK it is silent until the last timeout but one")
        void deferred(boolean acked, int num_timeout, int expires, int resends) {
            tcp_request_sock req = new tcp_request_sock();
            req.acked = acked;
            req.num_timeout = num_timeout;

            SynQueue.syn_ack_recalc(req, 5, 7, 7, expire, resend);

            assertThat(expire.val).isEqualTo(expires);
            assertThat(resend.val).isEqualTo(resends);
        }
    }

    @Nested
    class inet_rtx_syn_ack {
        @Test
        @DisplayName("counts a SYN/ACK that was sent, and none that was not")
        void counts() {
            tcp_request_sock req = queued(1000);
            assertThat(SynQueue.inet_rtx_syn_ack(listener, req)).isZero();
            assertThat(req.num_retrans).isOne();

            tcp.prot.rsk_prot.rtx_syn_ack = (sk, r) -> -EHOSTUNREACH;
            assertThat(SynQueue.inet_rtx_syn_ack(listener, req)).isEqualTo(-EHOSTUNREACH);
            assertThat(req.num_retrans).isOne();
        }
    }

    @Nested
    class inet_csk_reqsk_queue_prune {
        private static final long INTERVAL = 200;
        private static final long TIMEOUT = 1000;
        private static final long MAX_RTO = 120_000;

        /** Looks through the whole queue. */
        private void pruneAll() {
            for (int i = 0; i < 3; i++) {
                SynQueue.inet_csk_reqsk_queue_prune(listener, INTERVAL, TIMEOUT, MAX_RTO);
            }
        }

        /** A request whose time is over. */
        private tcp_request_sock due(int port) {
            tcp_request_sock req = queued(port);
            req.expires = jiffies;
            return req;
        }

        @Test
        @DisplayName("without requests it does nothing, and the timer is not started again")
        void empty() {
            pruneAll();
            listener.icsk_accept_queue.listen_opt = null;
            pruneAll();
            listener.icsk_accept_queue.listen_opt = lopt;

            assertThat(lopt.clock_hand).isZero();
            assertThat(timer_pending(listener.sk_timer)).isFalse();
        }

        @Test
        @DisplayName("a request whose time is over gets its SYN/ACK again and twice the time; others are left alone")
        void resends() {
            tcp_request_sock req = due(1000);
            tcp_request_sock other = queued(1001);

            pruneAll();

            assertThat(tcp.log).containsExactly("syn_ack_timeout", "rtx_syn_ack");
            assertThat(req.num_timeout).isOne();
            assertThat(req.num_retrans).isOne();
            assertThat(req.expires).isEqualTo(jiffies + 2000);
            assertThat(other.num_timeout).isZero();
            assertThat(lopt.qlen_young).isOne();
            assertThat(lopt.qlen).isEqualTo(2);
            assertThat(listener.sk_timer.expires).isEqualTo(jiffies + INTERVAL);
        }

        @Test
        @DisplayName("the time between two SYN/ACKs doubles up to the limit, and after five it is dropped")
        void dropped() {
            tcp_request_sock req = due(1000);
            listener.icsk_syn_retries = 5;
            List<Long> waits = new ArrayList<>();
            while (lopt.qlen != 0) {
                SynQueue.inet_csk_reqsk_queue_prune(listener, TIMEOUT, TIMEOUT, 10_000);
                waits.add(req.expires - jiffies);
                req.expires = jiffies;
            }

            assertThat(waits).containsExactly(2000L, 4000L, 8000L, 10_000L, 10_000L, 0L);
            assertThat(tcp.log).filteredOn("rtx_syn_ack"::equals).hasSize(5);
            assertThat(tcp.log).endsWith("syn_ack_timeout", "req_destructor");
            assertThat(liveRequests()).isZero();
        }

        @Test
        @DisplayName("each call looks through a part of the table: all of it twice within the timeout")
        void part_by_part() {
            queued(1000);
            int slots = 2 * (lopt.nr_table_entries / 5);

            SynQueue.inet_csk_reqsk_queue_prune(listener, INTERVAL, TIMEOUT, MAX_RTO);
            assertThat(lopt.clock_hand).isEqualTo(slots);

            SynQueue.inet_csk_reqsk_queue_prune(listener, INTERVAL, TIMEOUT, MAX_RTO);
            SynQueue.inet_csk_reqsk_queue_prune(listener, INTERVAL, TIMEOUT, MAX_RTO);
            assertThat(lopt.clock_hand).isEqualTo(3 * slots % lopt.nr_table_entries);
        }

        @Test
        @DisplayName("when the queue fills with old requests they get fewer attempts; young ones keep theirs")
        void crowded() {
            listener.icsk_syn_retries = 5;
            for (int i = 0; i < 9; i++) {
                tcp_request_sock req = due(1000 + i);
                req.num_timeout = 2;
                lopt.qlen_young--;
            }
            tcp_request_sock young = due(2000);

            SynQueue.inet_csk_reqsk_queue_prune(listener, TIMEOUT, TIMEOUT, MAX_RTO);

            assertThat(lopt.qlen).isOne();
            assertThat(search(new ReqLink(), 2000)).isSameAs(young);
            assertThat(young.num_timeout).isOne();
        }

        @Test
        @DisplayName("a SYN/ACK that cannot be sent ends the request, unless the third ACK has come")
        void cannot_be_sent() {
            tcp.prot.rsk_prot.rtx_syn_ack = (sk, r) -> -EHOSTUNREACH;
            tcp_request_sock acked = due(1000);
            acked.acked = true;
            due(1001);

            pruneAll();

            assertThat(lopt.qlen).isOne();
            assertThat(search(new ReqLink(), 1000)).isSameAs(acked);
        }

        @Test
        @DisplayName("TCP_DEFER_ACCEPT: the third ACK has come, the listener waits for data in silence")
        void deferred() {
            listener.icsk_accept_queue.rskq_defer_accept = 3;
            tcp_request_sock req = due(1000);
            req.acked = true;

            pruneAll();

            assertThat(tcp.log).containsExactly("syn_ack_timeout");
            assertThat(req.num_timeout).isOne();
            assertThat(req.num_retrans).isZero();
        }
    }
}
