// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ipv4;

import static inet_connection_sock.SynQueue.inet_csk_search_req;
import static linux.capability.Capability.capable;
import static linux.ip.IpHdr.ip_hdr;
import static linux.jiffies.Jiffies.jiffies;
import static linux.skbuff.Data.skb_pull;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Headers.skb_reset_network_header;
import static linux.skbuff.Headers.skb_reset_transport_header;
import static linux.tcp.Header.tcp_hdr;
import static linux.types.Be.get32;
import static linux.types.Be.get64;
import static linux.types.Be.raw32;
import static mptcp_ctrl.Requests.mptcp_reqsk_init;
import static mptcp_ipv4.Receive.mptcp_v4_search_req;
import static net.inet_sock.Requests.inet_reqsk_alloc;
import static net.mptcp.Globals.mptcp_reqsk_htb;
import static net.mptcp.Globals.mptcp_secret;
import static net.mptcp.Globals.mptcp_seed;
import static net.mptcp_v4.Globals.mptcp_request_sock_ops;
import static net.request_sock.Requests.__reqsk_free;
import static net.request_sock.Requests.reqsk_free;
import static net.sock.Nodes.sock_put;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.if_ether.IfEther.ETH_P_IP;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import linux.skbuff.sk_buff;
import net.inet_sock.ip_options;
import net.mptcp.mptcp_pm_ops;
import net.mptcp.mptcp_request_sock;
import net.request_sock.ReqLink;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FreshSocket;
import testing.KernelTest;
import testing.MptcpConnection;
import testing.MptcpSockets;
import testing.Skbs;
import testing.Vectors;

@KernelTest
class RequestsTest {
    private static void secret(String words) {
        for (int i = 0; i < 16; i++) {
            mptcp_secret[i] = raw32(Integer.parseUnsignedInt(words.substring(8 * i, 8 * i + 8), 16));
        }
    }

    @Nested
    class mptcp_v4_get_nonce {
        @Test
        @DisplayName("agrees with the kernel, and so does the key made after it")
        void vectors() {
            Vectors.each("mptcp_v4_key_nonce", row -> {
                secret(row.text("in.mptcp_secret_le_words"));
                int saddr = get32(row.bytes("in.saddr"), 0);
                int daddr = get32(row.bytes("in.daddr"), 0);
                mptcp_seed = row.i32("in.mptcp_seed");

                int nonce = Requests.mptcp_v4_get_nonce(saddr, daddr, row.i32("in.sport"), row.i32("in.dport"));
                long key = Requests.mptcp_v4_get_key(saddr, daddr, row.i32("in.sport"), row.i32("in.dport"));

                assertThat(nonce).as(row.toString()).isEqualTo(get32(row.bytes("out.nonce_mem"), 0));
                assertThat(key).as(row.toString()).isEqualTo(get64(row.bytes("out.key_mem_with_seed_plus_1"), 0));
                assertThat(mptcp_seed).as(row.toString()).isEqualTo(row.i32("out.mptcp_seed"));
            });
        }

        @Test
        @DisplayName("differs from call to call for the same connection")
        void counter() {
            assertThat(Requests.mptcp_v4_get_nonce(1, 2, 3, 4)).isNotEqualTo(Requests.mptcp_v4_get_nonce(1, 2, 3, 4));
        }
    }

    @Nested
    class mptcp_v4_get_key {
        @Test
        @DisplayName("depends on every number, and on the secret")
        void all_count() {
            Set<Long> keys = new HashSet<>();
            int[][] inputs = {{1, 2, 3, 4}, {9, 2, 3, 4}, {1, 9, 3, 4}, {1, 2, 9, 4}, {1, 2, 3, 9}};
            for (int[] in : inputs) {
                mptcp_seed = 5;
                keys.add(Requests.mptcp_v4_get_key(in[0], in[1], in[2], in[3]));
            }
            mptcp_seed = 5;
            mptcp_secret[7]++;
            keys.add(Requests.mptcp_v4_get_key(1, 2, 3, 4));

            assertThat(keys).hasSize(6);
        }
    }

    /** A connection whose peer's SYNs we make ourselves. */
    private MptcpConnection c;

    private sk_buff skb;

    @AfterEach
    void free() {
        if (skb != null) {
            kfree_skb(skb);
        }
        if (c != null) {
            c.close();
        }
    }

    /** A SYN from 10.1.0.1:40000 to 10.1.0.2:5001 with this option. */
    private sk_buff syn(int... option) {
        skb = Skbs.linear(40 + option.length);
        Arrays.fill(skb.head, skb.data, skb.data + skb.len, (byte) 0);
        skb.protocol = ETH_P_IP;
        skb_reset_network_header(skb);
        ip_hdr(skb).ihl(5);
        ip_hdr(skb).saddr(MptcpConnection.address(1, 1));
        ip_hdr(skb).daddr(MptcpConnection.address(1, 2));
        skb_pull(skb, 20);
        skb_reset_transport_header(skb);
        tcp_hdr(skb).source(40000);
        tcp_hdr(skb).dest(5001);
        tcp_hdr(skb).syn(true);
        tcp_hdr(skb).doff(5 + option.length / 4);
        for (int i = 0; i < option.length; i++) {
            skb.head[skb.data + 20 + i] = (byte) option[i];
        }
        return skb;
    }

    private static mptcp_request_sock request() {
        mptcp_request_sock req = (mptcp_request_sock) inet_reqsk_alloc(mptcp_request_sock_ops);
        req.skc_num = 5001;
        req.skc_dport = 40000;
        req.skc_daddr = MptcpConnection.address(1, 1);
        req.skc_rcv_saddr = MptcpConnection.address(1, 2);
        return req;
    }

    @Nested
    class mptcp_v4_reqsk_destructor {
        @Test
        @DisplayName("frees the token, and the IP options of the SYN")
        void freed() {
            mptcp_request_sock req = request();
            syn(30, 12, 0x00, 0x81, 0, 0, 0, 0, 0, 0, 0, 1);
            mptcp_reqsk_init(req, skb);
            assertThat(req.hash_entry.pprev).isNotNull();
            req.opt = new ip_options();

            Requests.mptcp_v4_reqsk_destructor(req);

            assertThat(req.hash_entry.pprev).as("in the table of tokens").isNull();
            assertThat(req.opt).isNull();
            __reqsk_free(req);
        }
    }

    @Nested
    class mptcp_v4_init_req {
        @Test
        @DisplayName("takes the addresses as TCP does, and a key of its own")
        void capable() {
            mptcp_request_sock req = request();
            req.skc_daddr = req.skc_rcv_saddr = 0;
            syn(30, 12, 0x00, 0x81, 0, 0, 0, 0, 0, 0, 0, 1);

            assertThat(Requests.mptcp_v4_init_req(req, FreshSocket.fresh(), skb)).isZero();

            assertThat(req.skc_daddr).isEqualTo(MptcpConnection.address(1, 1));
            assertThat(req.skc_rcv_saddr).isEqualTo(MptcpConnection.address(1, 2));
            assertThat(req.mptcp_rqsk).isTrue();
            assertThat(req.mptcp_loc_key).isNotZero();
            reqsk_free(req);
        }
    }

    @Nested
    class mptcp_v4_join_init_req {
        @Test
        @DisplayName("asks the path manager for the address's id and priority, and picks a nonce")
        void join() {
            MptcpSockets b = new MptcpSockets(1);
            b.mpcb.pm_ops = new mptcp_pm_ops();
            b.mpcb.pm_ops.get_local_id = (family, addr, net, low_prio) -> {
                low_prio.val = true;
                return addr == MptcpConnection.address(1, 2) ? 9 : -1;
            };
            mptcp_request_sock req = request();
            syn(30, 12, 0x10, 7, 1, 2, 3, 4, 5, 6, 7, 8);

            assertThat(Requests.mptcp_v4_join_init_req(req, b.meta, skb)).isZero();

            assertThat(req.loc_id).isEqualTo(9);
            assertThat(req.low_prio).isTrue();
            assertThat(req.rem_id).isEqualTo(7);
            assertThat(req.mptcp_loc_nonce).isNotZero();
            assertThat(req.is_sub).isTrue();
            reqsk_free(req);
        }

        @Test
        @DisplayName("-1: the path manager does not want subflows there; the request can be freed all the same")
        void refused() {
            MptcpSockets b = new MptcpSockets(1);
            b.mpcb.pm_ops = new mptcp_pm_ops();
            b.mpcb.pm_ops.get_local_id = (family, addr, net, low_prio) -> -1;
            mptcp_request_sock req = request();
            req.hash_entry.pprev = mptcp_reqsk_htb[1];
            syn(30, 12, 0x10, 7, 1, 2, 3, 4, 5, 6, 7, 8);

            assertThat(Requests.mptcp_v4_join_init_req(req, b.meta, skb)).isEqualTo(-1);

            assertThat(req.hash_entry.pprev).isNull();
            reqsk_free(req);
        }
    }

    @Nested
    class mptcp_v4_reqsk_queue_hash_add {
        @Test
        @DisplayName("the request waits in the meta socket's queue, and its third ACK will find it; a timer runs")
        void added() {
            c = new MptcpConnection(1).connect();
            mptcp_request_sock req = request();
            req.is_sub = true;
            req.mptcp_mpcb = c.s.mpcb;

            Requests.mptcp_v4_reqsk_queue_hash_add(c.s, req, 1000);

            assertThat(c.s.icsk_accept_queue.listen_opt.qlen).isOne();
            assertThat(c.s.mpcb.synack_timer.expires - jiffies).isBetween(1000L, 1004L);
            assertThat(inet_csk_search_req(c.s, new ReqLink(), 40000, req.skc_daddr, req.skc_rcv_saddr)).isSameAs(req);
            assertThat(mptcp_v4_search_req(40000, req.skc_daddr, req.skc_rcv_saddr, c.server)).isSameAs(c.s);
            sock_put(c.s);
        }
    }

    @Nested
    class mptcp_v4_join_request {
        @Test
        @DisplayName("a SYN for the meta socket is answered: a request waits, and a SYN/ACK with an HMAC is out")
        void answered() {
            c = new MptcpConnection(2).connect();
            c.wire();
            c.startJoin(2);
            c.run(25);

            assertThat(c.s.icsk_accept_queue.listen_opt.qlen).isOne();
            c.run(20);
            assertThat(c.wire()).anySatisfy(line -> assertThat(line).contains(" SA ").contains("mp_join synack"));
        }
    }
}
