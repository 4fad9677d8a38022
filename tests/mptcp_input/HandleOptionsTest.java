// SPDX-License-Identifier: GPL-2.0-only
package mptcp_input;

import static linux.errno.Errno.ECONNRESET;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Free.kfree_skb;
import static linux.syscalls.SocketCalls.sys_recv;
import static linux.tcp.Header.tcp_hdr;
import static linux.types.Be.get16;
import static linux.types.Be.put64;
import static net.mptcp.MptcpConst.MPTCPHDR_DSS_CSUM;
import static net.mptcp.MptcpConst.MPTCPHDR_SEQ;
import static net.mptcp.MptcpConst.MPTCP_SUB_DSS;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.ScriptedPeer.ACK;
import static testing.ScriptedPeer.RST;
import static uapi.linux.socket.SocketOpt.MSG_DONTWAIT;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import linux.printk.Printk;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import linux.types.View;
import net.mptcp.mptcp_pm_ops;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.MptcpConnection;
import testing.MptcpPeer;
import testing.MptcpSockets;
import testing.ScriptedPeer;
import testing.Skbs;
import testing.Vectors;
import uapi.linux.tcp.tcphdr;

@KernelTest
class HandleOptionsTest {
    private MptcpPeer p;

    /** What the path manager was told: {@code add 7 10.0.0.9:0}, {@code rem 7}, {@code new}. */
    private final List<String> told = new ArrayList<>();

    @BeforeEach
    void connected() {
        p = new MptcpPeer();
        p.mpcb.pm_ops = new mptcp_pm_ops();
        p.mpcb.pm_ops.get_local_id = (family, addr, net, low_prio) -> 0;
        p.mpcb.pm_ops.add_raddr =
                (mpcb, addr, family, port, id) -> told.add("add " + id + " " + Printk.pI4(addr) + ":" + port);
        p.mpcb.pm_ops.rem_raddr = (mpcb, id) -> told.add("rem " + id);
        p.mpcb.pm_ops.new_remote_address = sk -> told.add("new");
    }

    @AfterEach
    void end() {
        p.end();
    }

    private static byte[] addAddr(int id, int a, int b, int c, int d) {
        return MptcpPeer.option(30, 8, 0x34, id, a, b, c, d);
    }

    private static byte[] removeAddr(int... ids) {
        int[] more = new int[ids.length + 1];
        more[0] = 0x40;
        System.arraycopy(ids, 0, more, 1, ids.length);
        return MptcpPeer.option(30, 3 + ids.length, more);
    }

    private static byte[] fastclose(long key) {
        byte[] b = MptcpPeer.option(30, 12, 0x70);
        put64(b, 4, key);
        return b;
    }

    /** A data ACK, and these options. */
    private void send(byte[]... options) {
        p.send(p.first, ACK, MptcpPeer.bytes(p.dss(p.first).bytes(), MptcpPeer.bytes(options)));
    }

    /** A segment of the peer that only has these options. */
    private void alone(byte[]... options) {
        p.send(p.first, ACK, MptcpPeer.bytes(options));
    }

    @Nested
    class mptcp_check_rtt {
        @Test
        @DisplayName("every row of the kernel's table")
        void vectors() {
            Vectors.each("mptcp_meta_aggregates", row -> {
                MptcpSockets c = new MptcpSockets(row.i32("in.n"));
                for (int i = 0; i < row.i32("in.n"); i++) {
                    c.sub(i).skc_state = row.i32("in." + i + ".sk_state");
                    c.sub(i).mptcp.pre_established = row.bool("in." + i + ".pre_established");
                    c.sub(i).rcv_rtt_est.rtt = row.i32("in." + i + ".rcv_rtt_est.rtt");
                }

                assertThat(HandleOptions.mptcp_check_rtt(c.meta, row.i32("in.time")))
                        .as("%s", row)
                        .isEqualTo(row.i32("out.mptcp_check_rtt"));
            });
        }

        @Test
        @DisplayName("1 while no round-trip time is known")
        void unknown() {
            assertThat(HandleOptions.mptcp_check_rtt(new MptcpSockets(2).meta, 1000)).isOne();
        }
    }

    @Nested
    class mptcp_handle_add_addr {
        @Test
        @DisplayName("the path manager hears id, address and port")
        void with_port() {
            byte[] b = MptcpPeer.option(30, 10, 0x34, 7, 10, 0, 0, 9, 0x1f, 0x90);

            HandleOptions.mptcp_handle_add_addr(new View(b, 0), p.sub(p.first));

            assertThat(told).containsExactly("add 7 10.0.0.9:8080");
        }

        @Test
        @DisplayName("without a port it is that of the connection")
        void without_port() {
            HandleOptions.mptcp_handle_add_addr(new View(addAddr(7, 10, 0, 0, 9), 0), p.sub(p.first));

            assertThat(told).containsExactly("add 7 10.0.0.9:0");
        }

        @Test
        @DisplayName("another version of IP is ignored; so is everything, if the path manager does not care")
        void ignored() {
            byte[] b = addAddr(7, 10, 0, 0, 9);
            b[2] = 0x35;
            HandleOptions.mptcp_handle_add_addr(new View(b, 0), p.sub(p.first));
            assertThat(told).isEmpty();

            p.mpcb.pm_ops.add_raddr = null;
            b[2] = 0x34;
            HandleOptions.mptcp_handle_add_addr(new View(b, 0), p.sub(p.first));
        }
    }

    @Nested
    class mptcp_handle_rem_addr {
        @Test
        @DisplayName("each id is told to the path manager, and its subflows are reset")
        void each() {
            MptcpPeer.Flow second = p.join(40001, 7);
            p.sent();

            HandleOptions.mptcp_handle_rem_addr(new View(removeAddr(3, 7), 0), p.sub(p.first));

            assertThat(told).containsExactly("rem 3", "rem 7");
            assertThat(p.reset(second)).isTrue();
            assertThat(p.sub(p.first)).isNotNull();
        }

        @Test
        @DisplayName("the same id twice, and as many as fit: each once more, and no harm done")
        void many() {
            int[] ids = new int[30];
            Arrays.fill(ids, 9);

            HandleOptions.mptcp_handle_rem_addr(new View(removeAddr(ids), 0), p.sub(p.first));

            assertThat(told).hasSize(30).containsOnly("rem 9");
        }
    }

    @Nested
    class mptcp_parse_addropt {
        @Test
        @DisplayName("kernel bug: two ADD_ADDR of 10.x, the subtype is read from the address: both are ignored")
        void two_of_ten() {
            alone(addAddr(7, 10, 0, 0, 8), addAddr(8, 10, 0, 0, 9));

            assertThat(told).isEmpty();
        }

        @Test
        @DisplayName("kernel bug: two of 52.x are taken for another address, which ends behind the packet in zeros")
        void two_of_52() {
            alone(addAddr(7, 0x34, 1, 2, 3), addAddr(8, 0x34, 4, 5, 6));

            // Address: the last two octets, and the first two bytes of what follows.
            assertThat(told).containsExactly("add 1 2.3.30.8:0", "add 4 5.6.0.0:0");
        }

        @Test
        @DisplayName("kernel bug: the first octet 0x40 passes for a REMOVE_ADDR, whose length is the id")
        void like_remove_addr() {
            alone(addAddr(5, 0x40, 21, 22, 23), addAddr(8, 10, 0, 0, 9));

            assertThat(told).containsExactly("rem 21", "rem 22");
        }

        @Test
        @DisplayName("kernel bug: the data ACK of a DSS passes for an option too")
        void like_data_ack() {
            p.sent();
            byte[] b = {'a'};
            p.dack = 0x40000000 - (int) p.hostIdsn;
            p.send(p.first, ACK, MptcpPeer.bytes(p.dss(p.first).map(1, 1, b).bytes(), removeAddr(3), removeAddr(4)), b);

            // Flags 05 are the length: two ids, the next bytes of the data ACK.
            assertThat(told).startsWith("rem 0", "rem 0");
            assertThat(p.reset(p.first)).isTrue();
        }

        @Test
        @DisplayName("two REMOVE_ADDR whose ids lie behind the packet: zeros")
        void behind_the_packet() {
            // Read from the first id on: 7 is the length, 0x41 the subtype, then three ids more than there are.
            alone(removeAddr(1), removeAddr(7, 0x41, 9));

            assertThat(told).contains("rem 9", "rem 0");
        }

        @Test
        @DisplayName("a kind in the last place ends the list")
        void last_byte() {
            alone(removeAddr(1), removeAddr(2), new byte[] {1, 1, 1, 30});

            assertThat(p.sub(p.first)).isNotNull();
        }

        /** A segment with these options, and behind its header these bytes. */
        private void parse(int[] options, int... payload) {
            sk_buff skb = Skbs.linear(20 + options.length + payload.length);
            skb.transport_header = skb.data;
            tcp_hdr(skb).doff(5 + options.length / 4);
            int at = skb.data + 20;
            for (int b : options) {
                skb.head[at++] = (byte) b;
            }
            for (int b : payload) {
                skb.head[at++] = (byte) b;
            }
            HandleOptions.mptcp_parse_addropt(skb, p.sub(p.first));
            kfree_skb(skb);
        }

        @Test
        @DisplayName("ends where the options end: what the data look like does not matter")
        void ends() {
            parse(new int[] {1, 1, 1, 1}, 30, 6, 0, 4, 0x40, 9, 0, 0);
            assertThat(told).isEmpty();

            parse(new int[] {30, 6, 0, 4, 0x40, 9, 1, 1}, 30, 6, 0, 4, 0x40, 10, 0, 0);
            assertThat(told).containsExactly("rem 9");
        }

        @Test
        @DisplayName("an option of its kind and length alone is passed over")
        void two_bytes() {
            parse(new int[] {4, 2, 30, 6, 0, 4, 0x40, 9});
            assertThat(told).containsExactly("rem 9");
        }

        @Test
        @DisplayName("nothing is looked for behind the end of the list, and behind a length that cannot be")
        void end_of_list() {
            parse(new int[] {0, 0, 30, 6, 0, 4, 0x40, 9});
            parse(new int[] {4, 1, 30, 6, 0, 4, 0x40, 9});
            parse(new int[] {4, 9, 30, 6, 0, 4, 0x40, 9});
            assertThat(told).isEmpty();
        }

        @Test
        @DisplayName("a REMOVE_ADDR has at least four bytes")
        void shortest_remove() {
            parse(new int[] {30, 3, 0, 4, 0x40, 9, 0, 0});
            assertThat(told).isEmpty();

            parse(new int[] {30, 4, 0, 4, 0x40, 9, 0, 0});
            assertThat(told).containsExactly("rem 9");
        }

        @Test
        @DisplayName("an ADD_ADDR has eight bytes, or ten with a port")
        void lengths_of_add() {
            parse(new int[] {30, 9, 0, 7, 0x34, 5, 10, 0, 0, 9, 0, 0});
            assertThat(told).isEmpty();

            parse(new int[] {30, 10, 0, 7, 0x34, 5, 10, 0, 0, 9, 0, 0});
            parse(new int[] {30, 8, 0, 7, 0x34, 6, 10, 0, 0, 9, 0, 0});
            assertThat(told).containsExactly("add 5 10.0.0.9:0", "add 6 10.0.0.9:0");
        }
    }

    @Nested
    class mptcp_mp_fail_rcvd {
        private byte[] mpFail() {
            return MptcpPeer.option(30, 12, 0x60);
        }

        @Test
        @DisplayName("MP_FAIL: everything not acknowledged goes out again, and an infinite mapping; others are closed")
        void mp_fail() {
            MptcpPeer.Flow second = p.join(40001, 1);
            p.sub(second).srtt = 1000 << 3;
            p.write("abc");
            p.sent();

            alone(mpFail());
            ScriptedPeer.later(1);

            assertThat(p.sub(second)).isNull();
            List<ScriptedPeer.Segment> data = new ArrayList<>();
            for (ScriptedPeer.Segment s : p.sent()) {
                if (s.payload().length > 0) {
                    data.add(s);
                }
            }
            assertThat(data).isNotEmpty();
            byte[] dss = MptcpPeer.find(data.get(0).options(), MPTCP_SUB_DSS);
            assertThat(get16(dss, dss.length - 2)).as("length of the mapping").isZero();
            assertThat(p.mpcb.infinite_mapping_snd).isTrue();
        }

        @Test
        @DisplayName("if the numbers have wrapped in what is sent again, the high half goes back too")
        void wrapped() {
            p.meta.snd_una = -3;
            p.meta.snd_nxt = 5;
            p.mpcb.snd_hiseq_index = 1;
            p.mpcb.snd_high_order[0] = 7;
            p.mpcb.snd_high_order[1] = 8;
            p.sub(p.first).mptcp.rx_opt.mp_fail = true;

            assertThat(HandleOptions.mptcp_mp_fail_rcvd(p.sub(p.first), ackHeader())).isZero();

            assertThat(p.meta.snd_nxt).isEqualTo(-3);
            assertThat(p.mpcb.snd_hiseq_index).isZero();
            assertThat(p.mpcb.snd_high_order).containsExactly(7, 6);
            p.meta.snd_una = p.meta.snd_nxt = p.meta.write_seq;
        }

        @Test
        @DisplayName("on a reset, MP_FAIL says nothing about the others")
        void in_a_reset() {
            p.sub(p.first).mptcp.rx_opt.mp_fail = true;
            tcphdr th = ackHeader();
            th.rst(true);

            assertThat(HandleOptions.mptcp_mp_fail_rcvd(p.sub(p.first), th)).isZero();

            assertThat(p.mpcb.send_infinite_mapping).isFalse();
            assertThat(p.sub(p.first).mptcp.rx_opt.mp_fail).isFalse();
        }

        private tcphdr ackHeader() {
            tcphdr th = new tcphdr(new byte[20], 0);
            th.ack(true);
            return th;
        }

        @Test
        @DisplayName("MP_FASTCLOSE with our key: subflows are reset, the application gets ECONNRESET")
        void fastclose_right() {
            MptcpPeer.Flow second = p.join(40001, 1);
            p.sent();

            alone(fastclose(p.hostKey));
            ScriptedPeer.later(1);

            assertThat(p.sent().stream().filter(s -> (s.flags() & RST) != 0).map(ScriptedPeer.Segment::dest))
                    .contains(p.first.port);
            assertThat(p.sub(second)).isNull();
            assertThat(p.meta.skc_state).isEqualTo(TCP_CLOSE);
            assertThat(sys_recv(p.fd, new byte[1], 0, 1, MSG_DONTWAIT)).isEqualTo(-ECONNRESET);
        }

        @Test
        @DisplayName("with a wrong key it is ignored")
        void fastclose_wrong() {
            alone(fastclose(p.hostKey + 1));
            p.data(p.first, 1, "abc");

            assertThat(p.read(10)).isEqualTo("abc");
        }
    }

    @Nested
    class mptcp_path_array_check {
        @Test
        @DisplayName("the path manager is called once for addresses that it has noted")
        void once() {
            p.mpcb.list_rcvd = true;
            send();
            send();

            assertThat(told).containsExactly("new");
        }
    }

    @Nested
    class mptcp_handle_options {
        @Test
        @DisplayName("one ADD_ADDR and one REMOVE_ADDR are acted on, and only once")
        void once() {
            send(addAddr(7, 10, 0, 0, 9), removeAddr(5));
            send();

            assertThat(told).containsExactly("add 7 10.0.0.9:0", "rem 5");
        }

        @Test
        @DisplayName("after a fallback nothing is acted on")
        void after_fallback() {
            p.plain(p.first, "abc");
            send(addAddr(7, 10, 0, 0, 9));

            assertThat(told).isEmpty();
        }

        @Test
        @DisplayName("a subflow whose data had timed out is trusted again with the peer's next segment; after a fallback it never is")
        void potentially_failed() {
            p.sub(p.first).pf = true;
            send();
            assertThat(p.sub(p.first).pf).isFalse();

            p.plain(p.first, "abc");
            p.sub(p.first).pf = true;
            send();
            assertThat(p.sub(p.first).pf).as("a bug of the kernel's").isTrue();
            p.sub(p.first).pf = false;
        }

        @Test
        @DisplayName("a mapping without the checksum that was agreed on: reset")
        void no_checksum() {
            p.mpcb.dss_csum = true;
            MptcpPeer.Flow second = p.join(40001, 1);
            p.sent();
            byte[] b = {1, 2, 3};
            p.send(second, ACK, p.dss(second).map(1, 1, b).sum(false).bytes(), b);

            assertThat(p.reset(second)).isTrue();
            assertThat(p.sub(p.first)).isNotNull();
            p.mpcb.dss_csum = false;
        }

        @Test
        @DisplayName("a checksum too many is ignored")
        void checksum_too_many() {
            byte[] b = {'a', 'b', 'c'};
            p.send(p.first, ACK, p.dss(p.first).map(1, 1, b).wrongSum().bytes(), b);

            assertThat(p.read(10)).isEqualTo("abc");
        }

        @Test
        @DisplayName("the third ACK of a join comes again: it is acknowledged again")
        void third_ack_again() {
            MptcpPeer.Flow second = p.join(40001, 1);
            p.sent();
            p.send(second, ACK, MptcpPeer.option(30, 24, 0x10));
            ScriptedPeer.later(300);

            assertThat(p.sent()).anyMatch(s -> s.dest() == second.port);
        }

        @Test
        @DisplayName("MP_PRIO: this subflow, or that of the address id, becomes a backup")
        void prio() {
            MptcpPeer.Flow second = p.join(40001, 7);
            send(MptcpPeer.option(30, 3, 0x51));
            assertThat(p.sub(p.first).mptcp.rcv_low_prio).isTrue();
            assertThat(p.sub(second).mptcp.rcv_low_prio).isFalse();

            send(MptcpPeer.option(30, 4, 0x51, 7));
            assertThat(p.sub(second).mptcp.rcv_low_prio).isTrue();

            send(MptcpPeer.option(30, 4, 0x50, 99));
            send(MptcpPeer.option(30, 3, 0x50));
            assertThat(p.sub(p.first).mptcp.rcv_low_prio).isFalse();
            assertThat(p.sub(second).mptcp.rcv_low_prio).isTrue();
        }

        @Test
        @DisplayName("a REMOVE_ADDR of this very subflow: the segment is dropped")
        void own_id() {
            MptcpPeer.Flow second = p.join(40001, 7);
            byte[] b = {'a', 'b', 'c'};
            byte[] option = MptcpPeer.bytes(p.dss(second).map(1, 1, b).bytes(), removeAddr(7));
            p.send(second, ACK, option, b);

            assertThat(p.sub(second)).isNull();
            assertThat(p.read(10)).isEmpty();
        }

        @Test
        @DisplayName("several of them are gone through")
        void several() {
            alone(addAddr(7, 0x34, 1, 2, 3), addAddr(8, 0x34, 4, 5, 6));
            assertThat(told).hasSize(2);
        }

        @Test
        @DisplayName("the data ACK is taken")
        void data_ack() {
            p.write("abc");
            p.dataAck(p.first, 4);
            assertThat(p.meta.packets_out).isZero();
        }

        @Test
        @DisplayName("new addresses of the peer have come: the path manager may use them")
        void addresses() {
            p.mpcb.list_rcvd = true;
            int[] told = new int[1];
            mptcp_pm_ops ops = new mptcp_pm_ops();
            ops.new_remote_address = sk -> told[0]++;
            mptcp_pm_ops was = p.mpcb.pm_ops;
            p.mpcb.pm_ops = ops;

            p.dataAck(p.first, 1);

            assertThat(told[0]).isOne();
            assertThat(p.mpcb.list_rcvd).isFalse();
            p.mpcb.pm_ops = was;
        }

        @Test
        @DisplayName("checksums were agreed on and the mapping has one, or there is no mapping: nothing wrong")
        void checksum() {
            p.mpcb.dss_csum = true;
            byte[] b = {'a', 'b', 'c'};
            p.send(p.first, ACK, p.dss(p.first).map(1, 1, b).sum(true).bytes(), b);
            p.dataAck(p.first, 1);
            assertThat(p.read(10)).isEqualTo("abc");
            p.mpcb.dss_csum = false;
        }

        /** What it says about a segment with these flags, whose options have been parsed. */
        private int handle(MptcpPeer.Flow f, int flags) {
            sk_buff skb = Skbs.linear(20);
            skb.transport_header = skb.data;
            TCP_SKB_CB(skb).mptcp_flags = flags;
            int[] ret = new int[1];
            MptcpConnection.softirq(
                    p.meta, () -> ret[0] = HandleOptions.mptcp_handle_options(p.sub(f), tcp_hdr(skb), skb));
            kfree_skb(skb);
            return ret[0];
        }

        @Test
        @DisplayName("1 for a mapping without its checksum, on a subflow that is gone; 0 without a mapping or with one")
        void no_checksum_at_once() {
            MptcpPeer.Flow second = p.join(40001, 1);
            tcp_sock tp = p.sub(second);
            p.mpcb.dss_csum = true;

            assertThat(handle(second, 0)).isZero();
            assertThat(handle(second, MPTCPHDR_SEQ | MPTCPHDR_DSS_CSUM)).isZero();
            assertThat(tp.skc_state).isEqualTo(TCP_ESTABLISHED);
            assertThat(handle(second, MPTCPHDR_SEQ)).isOne();
            p.mpcb.dss_csum = false;

            ScriptedPeer.later(1);
            assertThat(tp.skc_state).isEqualTo(TCP_CLOSE);
        }

        @Test
        @DisplayName("1 for an MP_FASTCLOSE with our key")
        void fastclose_at_once() {
            tcp_sock tp = p.sub(p.first);
            tp.mptcp.rx_opt.mp_fclose = true;
            tp.mptcp.rx_opt.mptcp_key = p.mpcb.mptcp_loc_key;

            assertThat(handle(p.first, 0)).isOne();
        }
    }
}
