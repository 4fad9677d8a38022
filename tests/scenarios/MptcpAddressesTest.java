// SPDX-License-Identifier: GPL-2.0-only
package scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;

/** Addresses that are announced, withdrawn, added and removed while a connection lives (full mesh). */
@KernelTest
class MptcpAddressesTest {
    private static final String LINK = "delay 10ms rate 10mbit";

    private static Hosts mesh() {
        return new Hosts().mptcp("fullmesh");
    }

    /** Hosts on one path, with so many addresses at the client and at the server. */
    private static Hosts addresses(int client, int server) {
        Hosts h = mesh().path(LINK);
        for (int i = 1; i < client; i++) {
            h.addAddress(1, 0, 10 + i);
        }
        for (int i = 1; i < server; i++) {
            h.addAddress(1, 1, 100 + i);
        }
        return h;
    }

    @ParameterizedTest(name = "{0} addresses")
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    @DisplayName("the server announces its further addresses with ADD_ADDR, and the client joins each")
    void serverAddresses(int n) {
        Hosts h = addresses(1, n);
        Link l = h.mesh();
        l.multipath(n).transfer(100_000, 100_000).multipath(n);
        assertThat(h.wire.server(Segment.ADD_ADDR)).as("announcements").isGreaterThanOrEqualTo(n - 1);
        l.end();
    }

    @ParameterizedTest(name = "{0} addresses")
    @ValueSource(ints = {2, 5, 8})
    @DisplayName("the client joins from each of its addresses")
    void clientAddresses(int n) {
        Hosts h = addresses(n, 1);
        Link l = h.mesh();
        l.multipath(n).transfer(100_000, 100_000).multipath(n);
        l.end();
    }

    @Test
    @DisplayName("a ninth address has no place in the tables (MPTCP_MAX_ADDR in mptcp_fullmesh.c)")
    void ninth() {
        Hosts h = addresses(1, 9);
        Link l = h.mesh();
        l.multipath(8).transfer(100_000, 100_000);
        l.end();
    }

    @ParameterizedTest(name = "{0} x {1} addresses: {2} subflows")
    @CsvSource({"2,2,4", "3,4,12", "5,6,30", "8,8,31"})
    @DisplayName("every address joins every other, as long as there are path indices (1 to 31)")
    void mesh(int client, int server, int subflows) {
        Hosts h = addresses(client, server);
        Link l = h.mesh();
        l.multipath(subflows).transfer(200_000, 200_000).multipath(subflows);
        l.end();
    }

    @Test
    @DisplayName("an address that the client gets in the middle of a transfer is used at once")
    void clientAdds() {
        Hosts h = mesh().paths(2, LINK);
        h.delAddress(2, 0, 1);
        Link l = h.mesh();
        // From 10.1.0.1 to both addresses of the server: there is no way to the second one.
        l.multipath(1);
        l.start(2_000_000, 0);
        h.run(100).addAddress(2, 0, 1);
        l.await().intact().multipath();
        assertThat(h.wire.bytes(2)).as("bytes on the second path").isGreaterThan(200_000);
        l.end();
    }

    @Test
    @DisplayName("an address that the server gets in the middle of a transfer is announced and joined")
    void serverAdds() {
        Hosts h = mesh().paths(2, LINK);
        h.delAddress(2, 1, 2);
        Link l = h.mesh();
        int before = h.wire.server(Segment.ADD_ADDR);
        l.start(2_000_000, 0);
        h.run(100).addAddress(2, 1, 2);
        l.await().intact().multipath();
        assertThat(h.wire.server(Segment.ADD_ADDR)).isGreaterThan(before);
        assertThat(h.wire.bytes(2)).as("bytes on the second path").isGreaterThan(200_000);
        l.end();
    }

    @Test
    @DisplayName("an address that the client loses is withdrawn with REMOVE_ADDR; what was on its way there is sent again elsewhere")
    void clientRemoves() {
        Hosts h = mesh().paths(2, LINK);
        Link l = h.mesh();
        l.multipath(4);
        l.start(1_000_000, 500_000);
        h.run(100).delAddress(2, 0, 1);
        h.run(1000);
        assertThat(h.wire.client(Segment.REMOVE_ADDR)).isPositive();
        l.await().intact().multipath();
        for (int remote = 1; remote <= 2; remote++) {
            assertThat(Link.subflow(l.c, 2, remote)).isNull();
            assertThat(Link.subflow(l.s, remote, 2)).isNull();
        }
        l.end();
    }

    @Test
    @DisplayName("an address that the server loses is withdrawn, and the client closes the subflows to it")
    void serverRemoves() {
        Hosts h = mesh().paths(2, LINK);
        Link l = h.mesh();
        l.multipath(4);
        l.start(1_000_000, 500_000);
        h.run(100).delAddress(2, 1, 2);
        l.await().intact().multipath();
        h.run(2000);
        assertThat(h.wire.server(Segment.REMOVE_ADDR)).isPositive();
        assertThat(Link.subflow(l.c, 1, 2)).isNull();
        assertThat(Link.subflow(l.c, 2, 2)).isNull();
        l.end();
    }

    @Test
    @DisplayName("the client loses the address that the connection began with")
    void firstAddress() {
        Hosts h = mesh().paths(2, LINK);
        Link l = h.mesh();
        l.start(1_000_000, 500_000);
        h.run(100).delAddress(1, 0, 1);
        l.await().intact().multipath();
        assertThat(Link.subflow(l.c, 1, 1)).isNull();
        l.end();
    }

    @Test
    @DisplayName("an address comes, goes and comes again, five times in a transfer")
    void comesAndGoes() {
        Hosts h = mesh().paths(2, LINK);
        Link l = h.mesh();
        l.start(8_000_000, 0);
        for (int i = 0; i < 5; i++) {
            h.run(600).delAddress(2, 0, 1);
            h.run(600).addAddress(2, 0, 1);
        }
        l.await().intact().multipath();
        h.run(2000);
        assertThat(Link.subflow(l.c, 2, 2)).as("the subflow on the second path").isNotNull();
        l.end();
    }

    @ParameterizedTest(name = "{0} ms without any address")
    @ValueSource(ints = {10, 700, 5000, 60_000})
    @DisplayName("break before make: the only address goes, and later another one comes on another path")
    void breakBeforeMake(int ms) {
        Hosts h = mesh().paths(2, LINK);
        h.delAddress(2, 0, 1);
        Link l = h.mesh();
        l.multipath(1);
        l.start(1_000_000, 300_000);
        h.run(100).delAddress(1, 0, 1);
        h.run(ms);
        assertThat(l.busy()).as("still something to do").isTrue();
        h.addAddress(2, 0, 1);
        l.await().intact().multipath();
        assertThat(h.wire.bytes(2)).as("bytes on the second path").isPositive();
        l.end();
    }

    @Test
    @DisplayName("break before make while the connection is idle")
    void breakIdle() {
        Hosts h = mesh().paths(2, LINK);
        h.delAddress(2, 0, 1);
        Link l = h.mesh();
        h.delAddress(1, 0, 1).run(5000).addAddress(2, 0, 1).run(2000);
        l.multipath(1);
        l.transfer(300_000, 300_000).multipath();
        l.end();
    }
}
