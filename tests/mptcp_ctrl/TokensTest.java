// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ctrl;

import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.ip.IpHdr.ip_hdr;
import static linux.list.Lists.hlist_nulls_add_head_rcu;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Headers.skb_reset_network_header;
import static linux.types.Be.get32;
import static mptcp_ctrl.Crypto.mptcp_key_sha1;
import static mptcp_ipv4.Requests.mptcp_v4_get_key;
import static net.mptcp.Globals.mptcp_reqsk_htb;
import static net.mptcp.Globals.mptcp_seed;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.if_ether.IfEther.ETH_P_IP;

import linux.compiler.IntRef;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.mptcp.mptcp_options_received;
import net.mptcp.mptcp_request_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.FreshSocket;
import testing.KernelTest;
import testing.Skbs;
import testing.Vectors;

@KernelTest
class TokensTest {
    /** Addresses and ports of the connections here. */
    private static final int SADDR = 0x0a000001;

    private static final int DADDR = 0x0a000002;

    private sk_buff skb;

    @BeforeEach
    void syn() {
        skb = Skbs.linear(40);
        skb.protocol = ETH_P_IP;
        skb_reset_network_header(skb);
        ip_hdr(skb).saddr(SADDR);
        ip_hdr(skb).daddr(DADDR);
    }

    @AfterEach
    void free() {
        kfree_skb(skb);
    }

    private static mptcp_request_sock request(int token) {
        mptcp_request_sock req = new mptcp_request_sock();
        req.mptcp_loc_token = token;
        return req;
    }

    private static mptcp_request_sock request() {
        mptcp_request_sock req = new mptcp_request_sock();
        req.skc_num = 5001;
        req.skc_dport = 40000;
        return req;
    }

    private static tcp_sock meta(int token) {
        tcp_sock tp = FreshSocket.fresh();
        tp.mptcp_loc_token = token;
        return tp;
    }

    private static int tokenOf(long key) {
        IntRef token = new IntRef();
        mptcp_key_sha1(key, token, null);
        return token.val;
    }

    /** The key that is made of {@code seed}. */
    private static long keyOf(int seed, int saddr, int daddr, int sport, int dport) {
        mptcp_seed = seed;
        return mptcp_v4_get_key(saddr, daddr, sport, dport);
    }

    @Nested
    class mptcp_hash_tk {
        @Test
        @DisplayName("agrees with the kernel: the bucket of a token as a little-endian machine reads it")
        void vectors() {
            Vectors.each("mptcp_key_sha1", row ->
                    assertThat(Tokens.mptcp_hash_tk(get32(row.bytes("out.token_mem"), 0)))
                            .as(row.toString())
                            .isEqualTo(row.i32("out.mptcp_hash_tk")));
        }
    }

    @Nested
    class mptcp_reqsk_find_tk {
        @Test
        @DisplayName("tells tokens of the same bucket apart")
        void same_bucket() {
            Tokens.mptcp_reqsk_insert_tk(request(0x01000000), 0x01000000);
            Tokens.mptcp_reqsk_insert_tk(request(0x01000100), 0x01000100);

            assertThat(Tokens.mptcp_hash_tk(0x01000000)).isEqualTo(Tokens.mptcp_hash_tk(0x01000100));
            assertThat(Tokens.mptcp_reqsk_find_tk(0x01000000)).isTrue();
            assertThat(Tokens.mptcp_reqsk_find_tk(0x01000100)).isTrue();
            assertThat(Tokens.mptcp_reqsk_find_tk(0x01000200)).isFalse();
        }
    }

    @Nested
    class mptcp_reqsk_insert_tk {
        @Test
        @DisplayName("a token is in use as soon as a request has it")
        void in_use() {
            assertThat(Tokens.mptcp_reqsk_find_tk(7)).isFalse();

            Tokens.mptcp_reqsk_insert_tk(request(7), 7);

            assertThat(Tokens.mptcp_reqsk_find_tk(7)).isTrue();
            assertThat(Tokens.mptcp_find_token(7)).as("no connection has it").isFalse();
        }
    }

    @Nested
    class mptcp_reqsk_remove_tk {
        @Test
        @DisplayName("frees the token; a second time changes nothing")
        void twice() {
            mptcp_request_sock req = request(7);
            Tokens.mptcp_reqsk_insert_tk(req, 7);

            Tokens.mptcp_reqsk_remove_tk(req);
            Tokens.mptcp_reqsk_remove_tk(req);

            assertThat(Tokens.mptcp_reqsk_find_tk(7)).isFalse();
        }
    }

    @Nested
    class mptcp_reqsk_destructor {
        @ParameterizedTest
        @ValueSource(booleans = {false, true})
        @DisplayName("a request for a connection leaves the table of tokens, in a softirq and outside")
        void connection(boolean softirq) {
            mptcp_request_sock req = request(7);
            Tokens.mptcp_reqsk_insert_tk(req, 7);

            if (softirq) {
                local_bh_disable();
            }
            Tokens.mptcp_reqsk_destructor(req);
            if (softirq) {
                local_bh_enable();
            }

            assertThat(Tokens.mptcp_reqsk_find_tk(7)).isFalse();
        }

        @Test
        @DisplayName("a request to join leaves the table of joins")
        void join() {
            mptcp_request_sock req = request(0);
            req.is_sub = true;
            hlist_nulls_add_head_rcu(req.hash_entry, mptcp_reqsk_htb[3]);

            Tokens.mptcp_reqsk_destructor(req);

            assertThat(mptcp_reqsk_htb[3].first()).isNull();
        }
    }

    @Nested
    class __mptcp_hash_insert {
        @Test
        @DisplayName("the connection can be found by its token, and knows that it is in the table")
        void inserted() {
            tcp_sock meta = meta(9);

            Tokens.__mptcp_hash_insert(meta, 9);

            assertThat(Tokens.mptcp_find_token(9)).isTrue();
            assertThat(meta.inside_tk_table).isTrue();
        }
    }

    @Nested
    class mptcp_find_token {
        @Test
        @DisplayName("finds connections only, and tells tokens of the same bucket apart")
        void connections() {
            Tokens.__mptcp_hash_insert(meta(0x01000000), 0x01000000);
            Tokens.mptcp_reqsk_insert_tk(request(0x01000100), 0x01000100);

            assertThat(Tokens.mptcp_find_token(0x01000000)).isTrue();
            assertThat(Tokens.mptcp_find_token(0x01000100)).isFalse();
        }
    }

    @Nested
    class mptcp_set_key_reqsk {
        @Test
        @DisplayName("makes the key of the SYN's addresses, our port and the peer's, and the token of the key")
        void key() {
            long key = keyOf(5, SADDR, DADDR, 5001, 40000);
            mptcp_request_sock req = request();
            mptcp_seed = 5;

            Tokens.mptcp_set_key_reqsk(req, skb);

            assertThat(req.mptcp_loc_key).isEqualTo(key);
            assertThat(req.mptcp_loc_token).isEqualTo(tokenOf(key));
        }
    }

    @Nested
    class mptcp_reqsk_new_mptcp {
        private final mptcp_options_received mopt = new mptcp_options_received();

        @Test
        @DisplayName("keeps the peer's key, makes ours and puts its token into the table")
        void keys() {
            mptcp_request_sock req = request();
            mopt.mptcp_key = 0x1122334455667788L;

            Tokens.mptcp_reqsk_new_mptcp(req, mopt, skb);

            assertThat(req.mptcp_rem_key).isEqualTo(0x1122334455667788L);
            assertThat(req.saw_mpc).isTrue();
            assertThat(Tokens.mptcp_reqsk_find_tk(req.mptcp_loc_token)).isTrue();
        }

        @Test
        @DisplayName("makes keys until the token is neither another request's nor a connection's")
        void collisions() {
            int first = tokenOf(keyOf(5, SADDR, DADDR, 5001, 40000));
            int second = tokenOf(keyOf(6, SADDR, DADDR, 5001, 40000));
            Tokens.mptcp_reqsk_insert_tk(request(first), first);
            Tokens.__mptcp_hash_insert(meta(second), second);
            mptcp_request_sock req = request();
            mptcp_seed = 5;

            Tokens.mptcp_reqsk_new_mptcp(req, mopt, skb);

            assertThat(mptcp_seed).isEqualTo(8);
            assertThat(req.mptcp_loc_token).isNotIn(first, second);
        }
    }

    @Nested
    class mptcp_set_key_sk {
        @Test
        @DisplayName("makes the key of the socket's own addresses and ports, and the token of the key")
        void key() {
            long key = keyOf(5, SADDR, DADDR, 40000, 5001);
            tcp_sock tp = FreshSocket.fresh();
            tp.inet_saddr = SADDR;
            tp.skc_daddr = DADDR;
            tp.inet_sport = 40000;
            tp.skc_dport = 5001;
            mptcp_seed = 5;

            Tokens.mptcp_set_key_sk(tp);

            assertThat(tp.mptcp_loc_key).isEqualTo(key);
            assertThat(tp.mptcp_loc_token).isEqualTo(tokenOf(key));
        }
    }
}
