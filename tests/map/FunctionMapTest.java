// SPDX-License-Identifier: GPL-2.0-only
package map;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import weave.KernelSource;

class FunctionMapTest {
    private static String map(String name, int status) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThat(FunctionMap.show(name, new PrintStream(out, true, StandardCharsets.UTF_8))).isEqualTo(status);
        return out.toString(StandardCharsets.UTF_8).replaceAll(" +", " ");
    }

    @Nested
    @DisplayName("a function that there is")
    class Known {
        @Test
        @DisplayName("has its place in both trees, its callers and its callees")
        void places() throws IOException {
            assertThat(map("tcp_ack", 0)).containsPattern("Linux net/ipv4/tcp_input.c:\\d+-\\d+, static")
                    .containsPattern("here net-ipv4/tcp_input/Ack.java:\\d+-\\d+")
                    .contains("called by tcp_rcv_established tcp_rcv_state_process tcp_rcv_synsent_state_process")
                    .contains("calls inet_csk tcp_sk before")
                    .containsPattern("tests/tcp_input/AckTest.java:\\d+, \\d+ tests?");
        }

        @Test
        @DisplayName("names the pointers that refer to it, who calls through them, and its walkthrough")
        void pointers() throws IOException {
            assertThat(map("mptcp_next_segment", 0)).contains("pointers mptcp_sched_ops.next_segment, set in net/mptcp/mptcp_sched.c:")
                    .contains("called by mptcp_write_xmit (sched_ops->next_segment)").contains("walkthrough samples/walkthrough/send.md");
        }

        @Test
        @DisplayName("says where it differs, as its annotation does, and which bug of the kernel it keeps")
        void differs() throws IOException {
            assertThat(map("mptcp_parse_addropt", 0)).contains("differs what would lie behind the packet").contains("kernel bug takes what follows");
        }

        @Test
        @DisplayName("is not here, and why")
        void notPorted() throws IOException {
            assertThat(map("tcp_splice_read", 0)).contains("here not ported: splice");
        }
    }

    @Test
    @DisplayName("a name that there is not gets near matches and status 1")
    void near() throws IOException {
        assertThat(map("mptcp_next_segmet", 1)).startsWith("no function mptcp_next_segmet; near: mptcp_next_segment,");
        assertThat(map("established_options", 1)).contains("tcp_established_options", "mptcp_established_options");
    }

    @Test
    @DisplayName("every function of net/ipv4/tcp*.c and net/mptcp is here, or on the list of those that are not")
    void all() throws IOException {
        List<String> nowhere = new ArrayList<>();
        String here = here();
        for (List<KernelSource.Entry> es : KernelSource.entries().values()) {
            for (KernelSource.Entry e : es) {
                if (e.file().matches("net/ipv4/tcp\\w*\\.c|net/mptcp/.*") && !here.contains(" " + e.name() + "(") && !map(e.name(), 0).contains("not ported")) {
                    nowhere.add(e.name());
                }
            }
        }
        assertThat(nowhere).isEmpty();
    }

    private static String here() throws IOException {
        StringBuilder all = new StringBuilder();
        for (String folder : List.of("include", "net-ipv4", "net-mptcp")) {
            try (var files = java.nio.file.Files.walk(Path.of(folder))) {
                for (Path f : files.filter(p -> p.toString().endsWith(".java")).toList()) {
                    all.append(java.nio.file.Files.readString(f));
                }
            }
        }
        return all.toString();
    }
}
