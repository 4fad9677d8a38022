// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ctrl;

import static linux.capability.Capability.capable;
import static linux.ip.IpHdr.ip_hdr;
import static linux.printk.Printk.dmesg;
import static linux.skbuff.Data.skb_pull;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Headers.skb_reset_network_header;
import static linux.skbuff.Headers.skb_reset_transport_header;
import static linux.tcp.Header.tcp_hdr;
import static linux.tcp.Sockets.tcp_sk;
import static linux.types.Be.get64;
import static mptcp_ctrl.Crypto.mptcp_hmac_sha1;
import static mptcp_ctrl.Enable.mptcp_disable_static_key;
import static mptcp_ctrl.Tokens.mptcp_reqsk_find_tk;
import static net.mptcp.Globals.mptcp_reqsk_htb;
import static net.sock.Flags.sock_reset_flag;
import static net.sock.SockFlag.SOCK_MPTCP;
import static net.tcp.Multipath.mptcp;
import static net.tcp.Sysctls.sysctl_tcp_syncookies;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.if_ether.IfEther.ETH_P_IP;
import static uapi.linux.snmp.Snmp.LINUX_MIB_LISTENDROPS;

import java.util.Arrays;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.mptcp.mptcp_cb;
import net.mptcp.mptcp_request_sock;
import net.request_sock.request_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.MptcpConnection;
import testing.Skbs;

@KernelTest
class RequestsTest {
    private MptcpConnection c;

    @AfterEach
    void free() {
        if (c != null) {
            c.close();
        }
    }

    private static final MptcpOptionsSyn SYN = new MptcpOptionsSyn();

    /** A SYN with these options, from 10.1.0.1:40000 to 10.1.0.2:5001. */
    private static final class MptcpOptionsSyn {
        sk_buff with(int... options) {
            sk_buff skb = Skbs.linear(20 + 20 + options.length);
            Arrays.fill(skb.head, skb.data, skb.data + skb.len, (byte) 0);
            skb.protocol = ETH_P_IP;
            skb_reset_network_header(skb);
            ip_hdr(skb).saddr(0x0a010001);
            ip_hdr(skb).daddr(0x0a010002);
            skb_pull(skb, 20);
            skb_reset_transport_header(skb);
            tcp_hdr(skb).source(40000);
            tcp_hdr(skb).dest(5001);
            tcp_hdr(skb).syn(true);
            tcp_hdr(skb).doff(5 + options.length / 4);
            for (int i = 0; i < options.length; i++) {
                skb.head[skb.data + 20 + i] = (byte) options[i];
            }
            return skb;
        }
    }

    /** MP_CAPABLE with checksums, key 1. */
    private static final int[] CAPABLE = {30, 12, 0x00, 0x81, 0, 0, 0, 0, 0, 0, 0, 1};

    /** MP_JOIN as a backup, address id 7, token 0x01020304, nonce 0x05060708. */
    private static final int[] JOIN = {30, 12, 0x11, 7, 1, 2, 3, 4, 5, 6, 7, 8};

    @Nested
    class mptcp_join_reqsk_init {
        @Test
        @DisplayName("notes nonce, address id and priority, and computes the HMAC for the SYN/ACK")
        void join() {
            mptcp_cb mpcb = new mptcp_cb();
            mpcb.mptcp_loc_key = 11;
            mpcb.mptcp_rem_key = 22;
            mptcp_request_sock req = new mptcp_request_sock();
            req.mptcp_loc_nonce = 33;
            byte[] mac = new byte[20];
            mptcp_hmac_sha1(Crypto.bytes(11L), Crypto.bytes(22L), Crypto.bytes(33), Crypto.bytes(0x05060708), mac);
            sk_buff skb = SYN.with(JOIN);

            Requests.mptcp_join_reqsk_init(mpcb, req, skb);

            assertThat(req.mptcp_mpcb).isSameAs(mpcb);
            assertThat(req.is_sub).isTrue();
            assertThat(req.mptcp_rqsk).isTrue();
            assertThat(req.saw_mpc).isTrue();
            assertThat(req.rem_id).isEqualTo(7);
            assertThat(req.rcv_low_prio).isTrue();
            assertThat(req.mptcp_rem_nonce).isEqualTo(0x05060708);
            assertThat(req.mptcp_hash_tmac).isEqualTo(get64(mac, 0));
            kfree_skb(skb);
        }
    }

    @Nested
    class mptcp_reqsk_init {
        @Test
        @DisplayName("gives the request a key and a token, and notes that the peer wants checksums")
        void capable() {
            mptcp_request_sock req = new mptcp_request_sock();
            req.hash_entry.pprev = mptcp_reqsk_htb[0];
            sk_buff skb = SYN.with(CAPABLE);

            Requests.mptcp_reqsk_init(req, skb);

            assertThat(req.mptcp_rqsk).isTrue();
            assertThat(req.is_sub).isFalse();
            assertThat(req.dss_csum).isTrue();
            assertThat(req.mptcp_rem_key).isOne();
            assertThat(mptcp_reqsk_find_tk(req.mptcp_loc_token)).isTrue();
            kfree_skb(skb);
        }
    }

    @Nested
    class mptcp_conn_request {
        private tcp_sock listener;

        private void listen() {
            c = new MptcpConnection(1).listen();
            listener = tcp_sk(MptcpConnection.socketOf(c.listenFd).sk);
        }

        /** What the listener has in its SYN queue. */
        private request_sock request() {
            for (request_sock req : listener.icsk_accept_queue.listen_opt.syn_table) {
                if (req != null) {
                    return req;
                }
            }
            return null;
        }

        @Test
        @DisplayName("MP_CAPABLE makes a request for an MPTCP connection")
        void capable() {
            listen();
            c.connect();

            assertThat(c.s.mpcb).isNotNull();
        }

        @Test
        @DisplayName("a SYN without it one for TCP, also if the listener was told not to use MPTCP")
        void plain() {
            listen();
            sock_reset_flag(listener, SOCK_MPTCP);
            mptcp_disable_static_key();
            c.connect();

            assertThat(mptcp(c.s)).isFalse();
            assertThat(mptcp(c.c)).isFalse();
        }

        @Test
        @DisplayName("when only a cookie can be given there is no MPTCP")
        void cookie() {
            listen();
            sysctl_tcp_syncookies = 2;
            c.connect();

            assertThat(mptcp(c.s)).isFalse();
        }

        @Test
        @DisplayName("without cookies a SYN is dropped while the queue is full, and so is one with MP_CAPABLE's B flag")
        void dropped() {
            listen();
            sysctl_tcp_syncookies = 0;
            listener.icsk_accept_queue.listen_opt.qlen += 1000;
            sk_buff skb = SYN.with(CAPABLE);
            assertThat(Requests.mptcp_conn_request(listener, skb)).isZero();
            listener.icsk_accept_queue.listen_opt.qlen -= 1000;
            assertThat(c.server.mib.net_statistics[LINUX_MIB_LISTENDROPS]).isOne();
            assertThat(dmesg().toString()).contains("request_sock_MPTCP: Possible SYN flooding on port 5001");
            kfree_skb(skb);

            int[] b = CAPABLE.clone();
            b[3] |= 0x40;
            skb = SYN.with(b);
            assertThat(Requests.mptcp_conn_request(listener, skb)).isZero();
            assertThat(c.server.mib.net_statistics[LINUX_MIB_LISTENDROPS]).isEqualTo(2);
            assertThat(request()).isNull();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("MP_JOIN goes to the connection with that token; there is none: a RST")
        void join() {
            listen();
            sk_buff skb = SYN.with(JOIN);

            Requests.mptcp_conn_request(listener, skb);

            assertThat(request()).isNull();
            kfree_skb(skb);
        }
    }
}
