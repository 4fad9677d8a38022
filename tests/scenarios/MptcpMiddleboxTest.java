// SPDX-License-Identifier: GPL-2.0-only
package scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import devinet.IpAddr;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import linux.netdevice.net_device;
import net.neighbour.Neighbours;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;
import testing.MptcpPeer;

/** Boxes in the middle that do not know MPTCP, and change what goes by: numbers, borders of segments, acknowledgements, addresses. */
@KernelTest
class MptcpMiddleboxTest {
    private static final String LINK = "delay 10ms rate 20mbit";

    private static Hosts two() {
        return new Hosts().mptcp("fullmesh").paths(2, LINK);
    }

    @ParameterizedTest(name = "by {0} and {1}, loss {2}")
    @CsvSource({"1,1,0%", "-1,2147483647,0%", "1000000000,-2000000000,2%", "-2147483648,77777,5%"})
    @DisplayName("sequence numbers are shifted, on each path otherwise: mappings count from the start of a subflow, so nobody notices")
    void renumber(int up, int down, String loss) {
        Hosts h = new Hosts().mptcp("fullmesh");
        for (int i = 1; i <= 2; i++) {
            h.path(LINK + (loss.equals("0%") ? "" : " loss " + loss) + " seed " + i).middlebox(i, Boxes.renumber(up * i, down + i));
        }
        Link l = h.mesh();
        l.transfer(500_000, 300_000).multipath();
        assertThat(h.wire.client(Segment.MP_FAIL) + h.wire.server(Segment.MP_FAIL)).isZero();
        l.end();
    }

    @ParameterizedTest(name = "pieces of {0} bytes, options with each: {1}")
    @CsvSource({"1000,true", "536,true", "100,true", "1000,false", "536,false", "100,false"})
    @DisplayName("segments are split: a mapping may come with each piece, or with the first")
    void split(int n, boolean repeat) {
        Hosts h = two().middlebox(1, Boxes.split(n, repeat)).middlebox(2, Boxes.split(n, repeat));
        Link l = h.mesh();
        l.transfer(300_000, 300_000).multipath();
        assertThat(h.wire.client(Segment.MP_FAIL) + h.wire.server(Segment.MP_FAIL)).isZero();
        assertThat(h.wire.clientResets() + h.wire.serverResets()).isZero();
        l.end();
    }

    @ParameterizedTest(name = "first one''s options: {0}")
    @ValueSource(booleans = {true, false})
    @DisplayName("two segments become one, and half of the mappings are lost: what has none is sent again on another subflow")
    void coalesce(boolean first) {
        Hosts h = two();
        // Small segments, so that two of them fit into a frame; on both paths, so that none has a mapping of several (see below).
        for (net_device dev : h.clientDevs) {
            assertThat(IpAddr.linkMtu(dev, 700)).isZero();
        }
        Link l = h.mesh();
        l.multipath(4);
        h.middlebox(1, Boxes.coalesce(first));
        l.transfer(300_000, 300_000);
        l.multipath();
        l.end();
    }

    @Test
    @DisplayName("a segment that was made of the end of one mapping and the beginning of another: it goes up as a whole, as in the kernel, "
            + "where mptcp_queue_skb() is called for the segment before it and mptcp_validate_mapping() has not split this one")
    void acrossMappings() {
        MptcpPeer p = new MptcpPeer(true);
        byte[] mapped = "0123456789abcdefghij".getBytes(StandardCharsets.US_ASCII);
        byte[] dss = p.dss(p.first).map(1, p.first.seq - p.first.isn, mapped).bytes();
        p.send(p.first, Segment.ACK, dss, Arrays.copyOf(mapped, 10));
        p.send(p.first, Segment.ACK, new byte[0], "abcdefghij, and data from somewhere else".getBytes(StandardCharsets.US_ASCII));
        assertThat(p.read(100)).isEqualTo("0123456789abcdefghij, and data from somewhere else");
        p.end();
    }

    @ParameterizedTest(name = "from segment {0} on")
    @ValueSource(ints = {10, 100})
    @DisplayName("a proxy acknowledges in the server's place: without a DATA_ACK data is kept, and when it comes all is well")
    void proxy(int n) {
        Hosts h = two();
        Link l = h.mesh();
        h.middlebox(1, Boxes.proxy(n)).middlebox(2, Boxes.proxy(n));
        l.transfer(500_000, 500_000).multipath(4);
        l.end();
    }

    @Test
    @DisplayName("a proxy from the first segment on: the first acknowledgement has no DATA_ACK, and the client falls back")
    void proxyAtOnce() {
        Hosts h = new Hosts().mptcp("default").path(LINK).middlebox(1, Boxes.proxy(1));
        Link l = h.connect();
        l.transfer(60_000, 0);
        assertThat(l.c.mpcb.infinite_mapping_snd).isTrue();
        l.end();
    }

    @Test
    @DisplayName("the client is behind NAT on both paths: subflows are known by their address IDs")
    void nat() {
        Hosts h = two();
        for (int path = 1; path <= 2; path++) {
            int outside = Hosts.address(path, 77);
            Neighbours.add(h.serverDevs.get(path - 1), outside, Arrays.copyOf(h.clientDevs.get(path - 1).dev_addr, 6));
            h.middlebox(path, Boxes.nat(outside));
        }
        Link l = h.mesh();
        l.transfer(500_000, 300_000).multipath(4);
        assertThat(l.s.skc_daddr).isEqualTo(Hosts.address(1, 77));
        l.end();
    }
}
