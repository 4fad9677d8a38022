// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp;

import static net.mptcp.MptcpConst.MPTCP_SUB_ADD_ADDR;
import static net.mptcp.MptcpConst.MPTCP_SUB_CAPABLE;
import static net.mptcp.MptcpConst.MPTCP_SUB_DSS;
import static net.mptcp.MptcpConst.MPTCP_SUB_FAIL;
import static net.mptcp.MptcpConst.MPTCP_SUB_FCLOSE;
import static net.mptcp.MptcpConst.MPTCP_SUB_JOIN;
import static net.mptcp.MptcpConst.MPTCP_SUB_PRIO;
import static net.mptcp.MptcpConst.MPTCP_SUB_REMOVE_ADDR;
import static net.tcp.TcpConst.TCPOPT_MPTCP;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

/** The options as they stand on the wire, by the drawings of RFC 6824. */
@KernelTest
class OptionViewsTest {
    private static final int AT = 3;
    private final byte[] b = new byte[AT + 24];

    /** The bytes from {@link #AT} on in hex. */
    private String wire(int n) {
        return HexFormat.of().formatHex(b, AT, AT + n);
    }

    private byte[] wire(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        System.arraycopy(bytes, 0, b, AT, bytes.length);
        return b;
    }

    @Test
    @DisplayName("MP_CAPABLE of a third ACK: version 0, checksums, HMAC-SHA1, both keys")
    void capable() {
        mp_capable mpc = new mp_capable(b, AT);
        b[AT + 2] = 0x0f;
        b[AT + 3] = (byte) 0xff;

        mpc.kind(TCPOPT_MPTCP);
        mpc.len(20);
        mpc.sub(MPTCP_SUB_CAPABLE);
        mpc.ver(0);
        mpc.a(true);
        mpc.b(false);
        mpc.rsv(0);
        mpc.h(true);
        mpc.sender_key(0x0102030405060708L);
        mpc.receiver_key(0xf1f2f3f4f5f6f7f8L);

        assertThat(wire(20)).isEqualTo("1e1400810102030405060708f1f2f3f4f5f6f7f8");

        mp_capable read = new mp_capable(wire("1e0c017e"), AT);
        assertThat(read.ver()).isEqualTo(1);
        assertThat(read.a()).isFalse();
        assertThat(read.b()).isTrue();
        assertThat(read.rsv()).isEqualTo(0x1f);
        assertThat(read.h()).isFalse();
        assertThat(read.sender_key()).isEqualTo(0x0102030405060708L);
        assertThat(read.receiver_key()).isEqualTo(0xf1f2f3f4f5f6f7f8L);
    }

    @Test
    @DisplayName("MP_JOIN of a SYN: a backup path, address id, token, nonce")
    void join_syn() {
        mp_join mpj = new mp_join(b, AT);
        mpj.kind(TCPOPT_MPTCP);
        mpj.len(12);
        mpj.sub(MPTCP_SUB_JOIN);
        mpj.rsv(0);
        mpj.b(true);
        mpj.addr_id(9);
        mpj.synToken(0xa1a2a3a4);
        mpj.synNonce(0x01020304);

        assertThat(wire(12)).isEqualTo("1e0c1109a1a2a3a401020304");
        assertThat(mpj.sub()).isEqualTo(MPTCP_SUB_JOIN);
        assertThat(mpj.b()).isTrue();
        assertThat(mpj.rsv()).isZero();
        assertThat(mpj.addr_id()).isEqualTo(9);
        assertThat(mpj.synToken()).isEqualTo(0xa1a2a3a4);
        assertThat(mpj.synNonce()).isEqualTo(0x01020304);
    }

    @Test
    @DisplayName("MP_JOIN of a SYN/ACK: truncated HMAC, nonce")
    void join_synack() {
        mp_join mpj = new mp_join(b, AT);
        mpj.synackMac(0x1112131415161718L);
        mpj.synackNonce(0x0a0b0c0d);

        assertThat(wire(16)).isEqualTo("0000000011121314151617180a0b0c0d");
        assertThat(mpj.synackMac()).isEqualTo(0x1112131415161718L);
        assertThat(mpj.synackNonce()).isEqualTo(0x0a0b0c0d);
    }

    @Test
    @DisplayName("MP_JOIN of a third ACK: the whole HMAC")
    void join_ack() {
        byte[] mac = new byte[20];
        for (int i = 0; i < 20; i++) {
            mac[i] = (byte) (i - 10);
        }
        mp_join mpj = new mp_join(b, AT);

        mpj.putAckMac(mac);

        byte[] read = new byte[20];
        mpj.getAckMac(read);
        assertThat(read).containsExactly(mac);
        assertThat(b[AT + 4]).isEqualTo((byte) -10);
        assertThat(b[AT + 23]).isEqualTo((byte) 9);
    }

    @Test
    @DisplayName("DSS: five flags from the right: A, a, M, m, F")
    void dss() {
        mp_dss mdss = new mp_dss(b, AT);
        b[AT + 2] = 0x0f;
        b[AT + 3] = (byte) 0xff;
        mdss.kind(TCPOPT_MPTCP);
        mdss.len(20);
        mdss.sub(MPTCP_SUB_DSS);
        mdss.rsv1(0);
        mdss.rsv2(0);
        mdss.A(true);
        mdss.a(false);
        mdss.M(true);
        mdss.m(false);
        mdss.F(true);
        assertThat(wire(4)).isEqualTo("1e142015");

        String[] flags = {"01", "02", "04", "08", "10"};
        for (int i = 0; i < 5; i++) {
            mp_dss read = new mp_dss(wire("1e1420" + flags[i]), AT);
            assertThat(new boolean[] {read.A(), read.a(), read.M(), read.m(), read.F()})
                    .isEqualTo(new boolean[] {i == 0, i == 1, i == 2, i == 3, i == 4});
        }
        assertThat(new mp_dss(wire("1e1420e0"), AT).rsv2()).isEqualTo(7);
    }

    @Test
    @DisplayName("ADD_ADDR: version, id, address, and a port if the option is two longer")
    void add_addr() {
        mp_add_addr mpadd = new mp_add_addr(b, AT);
        mpadd.kind(TCPOPT_MPTCP);
        mpadd.len(8);
        mpadd.sub(MPTCP_SUB_ADD_ADDR);
        mpadd.ipver(4);
        mpadd.addr_id(2);
        mpadd.v4Addr(0x0a000102);
        assertThat(wire(8)).isEqualTo("1e0834020a000102");

        mp_add_addr read = new mp_add_addr(wire("1e0a3402c0a8000afde8"), AT);
        assertThat(read.ipver()).isEqualTo(4);
        assertThat(read.addr_id()).isEqualTo(2);
        assertThat(read.v4Addr()).isEqualTo(0xc0a8000a);
        assertThat(read.v4Port()).isEqualTo(65000);
    }

    @Test
    @DisplayName("REMOVE_ADDR: a list of ids")
    void remove_addr() {
        mp_remove_addr mprem = new mp_remove_addr(b, AT);
        mprem.kind(TCPOPT_MPTCP);
        mprem.len(5);
        mprem.sub(MPTCP_SUB_REMOVE_ADDR);
        mprem.rsv(0);
        mprem.addrs_id(0, 7);
        mprem.addrs_id(1, 200);

        assertThat(wire(5)).isEqualTo("1e054007c8");
        assertThat(mprem.rsv()).isZero();
        assertThat(mprem.addrs_id(0)).isEqualTo(7);
        assertThat(mprem.addrs_id(1)).isEqualTo(200);
    }

    @Test
    @DisplayName("MP_FAIL: the data sequence number, 64 bits")
    void fail() {
        mp_fail mpfail = new mp_fail(b, AT);
        mpfail.kind(TCPOPT_MPTCP);
        mpfail.len(12);
        mpfail.sub(MPTCP_SUB_FAIL);
        mpfail.rsv1(0);
        mpfail.rsv2(0);
        mpfail.data_seq(0x8000000000000001L);

        assertThat(wire(12)).isEqualTo("1e0c60008000000000000001");
        assertThat(mpfail.data_seq()).isEqualTo(0x8000000000000001L);
    }

    @Test
    @DisplayName("MP_FASTCLOSE: the receiver's key")
    void fclose() {
        mp_fclose mpfclose = new mp_fclose(b, AT);
        mpfclose.kind(TCPOPT_MPTCP);
        mpfclose.len(12);
        mpfclose.sub(MPTCP_SUB_FCLOSE);
        mpfclose.rsv1(0);
        mpfclose.rsv2(0);
        mpfclose.key(0x0102030405060708L);

        assertThat(wire(12)).isEqualTo("1e0c70000102030405060708");
        assertThat(mpfclose.key()).isEqualTo(0x0102030405060708L);
    }

    @Test
    @DisplayName("MP_PRIO: a flag, and the id of another subflow's address if the option is one longer")
    void prio() {
        mp_prio mpprio = new mp_prio(b, AT);
        mpprio.kind(TCPOPT_MPTCP);
        mpprio.len(4);
        mpprio.sub(MPTCP_SUB_PRIO);
        mpprio.rsv(0);
        mpprio.b(true);
        mpprio.addr_id(3);

        assertThat(wire(4)).isEqualTo("1e045103");
        assertThat(mpprio.b()).isTrue();
        assertThat(mpprio.rsv()).isZero();
        assertThat(mpprio.addr_id()).isEqualTo(3);
    }

    @Test
    @DisplayName("an option at the end of the packet may be read past it: there is nothing but zeroes")
    void past_the_end() {
        byte[] end = {0x1e};
        mptcp_option mp_opt = new mptcp_option(end, 0);
        assertThat(mp_opt.kind()).isEqualTo(TCPOPT_MPTCP);
        assertThat(mp_opt.len()).isZero();
        assertThat(mp_opt.sub()).isZero();
        assertThat(mp_opt.ver()).isZero();

        assertThat(new mp_dss(end, 0).F()).isFalse();
        assertThat(new mp_join(end, 0).synNonce()).isZero();
        assertThat(new mp_add_addr(end, 0).v4Port()).isZero();
        assertThat(new mp_remove_addr(end, 0).addrs_id(30)).isZero();

        byte[] cut = {0x1e, 20, 0, 1, 1, 2, 3, 4, 5};
        assertThat(new mp_capable(cut, 0).sender_key()).isEqualTo(0x0102030405000000L);
        assertThat(new mp_join(cut, 0).synToken()).isEqualTo(0x01020304);
        assertThat(new mp_join(cut, 0).synNonce()).isEqualTo(0x05000000);
        byte[] mac = new byte[20];
        new mp_join(cut, 0).getAckMac(mac);
        assertThat(mac).startsWith(1, 2, 3, 4, 5, 0).endsWith(0);
    }
}
