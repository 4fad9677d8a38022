// SPDX-License-Identifier: GPL-2.0-only
package trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import main.Arguments;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import weave.TraceLoader;

class TraceTest {
    @TempDir
    Path folder;

    /** Runs the program with probes; what it prints. */
    private static String run(String... args) {
        PrintStream before = System.out;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        try {
            assertThat(TraceLoader.run("main.Main", false, args)).as(String.join(" ", args)).isZero();
        } finally {
            System.setOut(before);
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    private static TraceTree filtered(String filter) throws IOException {
        return TraceTree.of("mptcp-echo", "--trace-filter", filter);
    }

    private static Set<String> names(TraceTree t) {
        return t.all.stream().map(n -> n.name).collect(Collectors.toCollection(TreeSet::new));
    }

    @Nested
    @DisplayName("the text")
    class Text {
        @Test
        @DisplayName("is the shape of function_graph: time, task, softirq, arguments, results, braces that match")
        void shape() throws IOException {
            Path file = folder.resolve("t.txt");
            run("run", "mptcp-echo", "--quiet", "--trace", file.toString());
            List<String> lines = Files.readAllLines(file);
            assertThat(lines.get(0)).isEqualTo("# tracer: function_graph");
            assertThat(lines).anyMatch(l -> l.matches(" +2\\.\\d{6} C        \\. \\| {2}sys_connect\\(fd=\\d+, .*\\) \\{"))
                    .anyMatch(l -> l.matches(" +2\\.\\d{6} C        s \\| +tcp_v4_rcv\\(skb=\\[#1 S \\d+:\\d+\\]\\) \\{"))
                    .anyMatch(l -> l.matches(".*} /\\* inet_csk_accept = server/meta \\*/"))
                    .anyMatch(l -> l.matches(".*sys_recvfrom\\(.*") || l.contains("sys_recv("))
                    .anyMatch(l -> l.matches(".*/\\* packet 1 leaves by lo \\*/"));
            int depth = 0;
            for (String l : lines) {
                depth += l.matches("[^#].*\\|.*\\) \\{.*") ? 1 : l.matches("[^#].*\\| +}.*") ? -1 : 0;
                assertThat(depth).isNotNegative();
            }
            assertThat(depth).isZero();
        }

        @Test
        @DisplayName("knows the sockets by their parts")
        void sockets() throws IOException {
            TraceTree t = TraceTree.of("ndiffports2-echo", "--trace-filter", "function=tcp_rcv_established,tcp_v4_connect,tcp_v4_do_rcv");
            Set<String> sockets = t.all.stream().map(n -> n.args.replaceAll("sk=([^,]*).*", "$1")).collect(Collectors.toCollection(TreeSet::new));
            assertThat(sockets).contains("client", "client/subflow 1", "client/subflow 2", "server/meta", "server/subflow 1", "server/subflow 2", "listener")
                    .allMatch(s -> s.matches("listener|client|(client|server)/(meta|subflow [12])"));
        }

        @Test
        @DisplayName("a run is the same with and without it, packet for packet")
        void onlyLooks() {
            String with = run("run", "mptcp-echo", "--trace", folder.resolve("t.txt").toString());
            String without = run("run", "mptcp-echo");
            assertThat(with).isEqualTo(without).contains("mptcp capable");
        }

        @Test
        @DisplayName("a second run has the same trace")
        void repeats() throws IOException {
            for (String f : List.of("a", "b")) {
                run("run", "mptcp-echo", "--quiet", "--trace", folder.resolve(f).toString());
            }
            assertThat(folder.resolve("a")).hasSameTextualContentAs(folder.resolve("b"));
        }

        @Test
        @DisplayName("copy and the walkthrough have it, too")
        void others() throws IOException {
            Path in = Files.write(folder.resolve("in"), new byte[5000]);
            run("copy", in.toString(), folder.resolve("out").toString(), "--mptcp", "--trace", folder.resolve("c.txt").toString());
            run("--trace", folder.resolve("w.txt").toString());
            assertThat(folder.resolve("c.txt")).content().contains("mptcp_write_xmit(").contains("tcp_recvmsg(sk=server/meta");
            assertThat(folder.resolve("w.txt")).content().contains("mptcp_check_req_child(meta_sk=server/meta");
        }

        @Test
        @DisplayName("without it no class has a probe")
        void off() throws Exception {
            assertThat(TraceLoader.traces(TraceTest.class)).isFalse();
            assertThat(Probe.tracer).isNull();
            Class<?> plain = Class.forName("tcp_input.Ack");
            assertThat(plain.getClassLoader()).isNotInstanceOf(TraceLoader.class);
            byte[] code = plain.getResourceAsStream("Ack.class").readAllBytes();
            assertThat(new String(code, StandardCharsets.ISO_8859_1)).doesNotContain("trace/Probe");
        }
    }

    @Nested
    @DisplayName("a filter")
    class Filtering {
        @Test
        @DisplayName("function= shows these alone")
        void function() throws IOException {
            assertThat(names(filtered("function=tcp_ack,mptcp_data_*"))).containsExactlyInAnyOrder("tcp_ack", "mptcp_data_ack", "mptcp_data_ready");
        }

        @Test
        @DisplayName("graph= shows these and what they call, depth= so many levels of it")
        void graph() throws IOException {
            TraceTree t = filtered("graph=tcp_send_ack;depth=2");
            assertThat(t.roots).isNotEmpty().allMatch(n -> n.name.equals("tcp_send_ack") && n.calls.stream().allMatch(c -> c.calls.isEmpty()));
            assertThat(names(t)).contains("tcp_transmit_skb").doesNotContain("ip_queue_xmit");
        }

        @Test
        @DisplayName("not= leaves out these and what they call")
        void not() throws IOException {
            assertThat(names(filtered("not=tcp_v4_rcv"))).contains("tcp_sendmsg", "ip_local_deliver_finish").doesNotContain("tcp_v4_rcv", "tcp_v4_do_rcv_listener");
        }

        @Test
        @DisplayName("file= shows functions of these C files")
        void file() throws IOException {
            Set<String> names = names(filtered("file=mptcp_*.c"));
            assertThat(names).contains("mptcp_write_xmit", "mptcp_add_sock").doesNotContain("tcp_ack", "tcp_sendmsg");
        }

        @Test
        @DisplayName("socket= shows work on this socket")
        void socket() throws IOException {
            TraceTree t = filtered("socket=server/subflow 1");
            assertThat(names(t)).contains("tcp_rcv_established", "mptcp_data_ready");
            assertThat(t.all).noneMatch(n -> n.args.startsWith("sk=client"));
        }

        @Test
        @DisplayName("packet= shows what sends it and what receives it, each with its callers")
        void packet() throws IOException {
            TraceTree t = filtered("packet=4");
            assertThat(names(t)).contains("tcp_sendmsg", "tcp_transmit_skb", "tcp_established_options", "__netif_receive_skb", "tcp_v4_rcv", "mptcp_data_ready");
            List<TraceTree.Node> sends = t.all.stream().filter(n -> n.name.equals("loopback_xmit")).toList();
            assertThat(sends).hasSize(1);
        }

        @Test
        @DisplayName("start= and stop= show what lies between")
        void between() throws IOException {
            TraceTree t = filtered("start=tcp_close_state;stop=tcp_fin");
            assertThat(t.all.get(0).name).isEqualTo("tcp_close_state");
            assertThat(names(t)).contains("tcp_fin").doesNotContain("tcp_v4_connect");
            assertThat(t.all.stream().filter(n -> n.name.equals("tcp_fin"))).hasSize(1);
        }

        @ParameterizedTest
        @ValueSource(strings = {"x", "depth=0", "depth=x", "function=", "packet=-1", "colour=red"})
        @DisplayName("that cannot be followed says what is expected")
        void wrong(String filter) {
            assertThatThrownBy(() -> Filter.parse(filter)).isInstanceOf(Filter.SyntaxError.class).hasMessageContaining("--trace-filter " + filter);
        }
    }

    @Nested
    @DisplayName("trace-event JSON")
    class Json {
        @Test
        @DisplayName("has a track for each task, slices that begin and end in order, packets as arrows")
        void json() throws IOException {
            Path file = folder.resolve("t.json");
            run("run", "mptcp-echo", "--quiet", "--trace-json", file.toString());
            List<String> lines = Files.readAllLines(file);
            assertThat(lines.get(0)).startsWith("{\"displayTimeUnit\"").endsWith("\"traceEvents\":[");
            assertThat(lines.get(lines.size() - 1)).isEqualTo("]}");
            List<String> events = lines.subList(1, lines.size() - 1);
            assertThat(events.subList(0, events.size() - 1)).allMatch(l -> l.startsWith("{\"ph\":") && l.endsWith("},"));
            assertThat(events).anyMatch(l -> l.contains("\"thread_name\"") && l.contains("{\"name\":\"S\"}")).anyMatch(l -> l.contains("\"name\":\"tcp_sendmsg\""));
            for (String tid : List.of("1", "2")) {
                List<String> open = new ArrayList<>();
                double last = 0;
                for (String l : events) {
                    if (l.contains("\"tid\":" + tid + ",\"ts\":")) {
                        double ts = Double.parseDouble(l.replaceAll(".*\"ts\":([0-9.]+).*", "$1"));
                        assertThat(ts).isGreaterThan(last);
                        last = ts;
                        if (l.startsWith("{\"ph\":\"B\"")) {
                            open.add(l);
                        } else if (l.startsWith("{\"ph\":\"E\"")) {
                            open.remove(open.size() - 1);
                        }
                    }
                }
            }
            long sent = events.stream().filter(l -> l.startsWith("{\"ph\":\"s\"")).count();
            assertThat(events.stream().filter(l -> l.startsWith("{\"ph\":\"f\""))).hasSize((int) sent).hasSizeGreaterThan(5);
        }
    }

    @Nested
    @DisplayName("--stop")
    class Stopping {
        @Test
        @DisplayName("packet:N stops just before the packet goes, with the kernel's stack")
        void packet() {
            String out = run("run", "mptcp-echo", "--stop", "packet:4");
            int at = out.indexOf("--- stopped before packet 4: ");
            assertThat(at).isPositive();
            assertThat(out.substring(0, at).lines().filter(l -> l.contains(" lo Out IP "))).hasSizeLessThanOrEqualTo(4);
            assertThat(out.substring(at)).contains("length 100").containsSubsequence("ip_queue_xmit (Output.java:", "tcp_transmit_skb (Transmit.java:",
                    "mptcp_write_xmit (WriteXmit.java:", "tcp_sendmsg (Sendmsg.java:");
        }

        @Test
        @DisplayName("FUNCTION:N stops at its n-th entry")
        void function() {
            assertThat(run("run", "mptcp-echo", "--quiet", "--stop", "mptcp_data_ready:2")).contains("--- stopped before mptcp_data_ready, call 2")
                    .containsSubsequence("mptcp_data_ready (DataReady.java:", "tcp_data_queue (DataQueue.java:");
        }

        @Test
        @DisplayName("time:T stops at that virtual time")
        void time() {
            assertThat(run("run", "mptcp-keepalive", "--quiet", "--stop", "time:2.5")).contains("--- stopped before time 2.5000");
        }

        @Test
        @DisplayName("says so if the run ends before")
        void never() {
            assertThat(run("run", "mptcp-echo", "--quiet", "--stop", "tcp_ack:10000")).contains("--stop tcp_ack:10000: the run ended before");
        }

        @ParameterizedTest
        @ValueSource(strings = {"packet", "packet:0", "time:x", "time:", "tcp_ack:0", "5", ":", ""})
        @DisplayName("that cannot be followed says what is expected")
        void wrong(String at) {
            assertThatThrownBy(() -> new Stop(at)).isInstanceOf(Filter.SyntaxError.class).hasMessageContaining("expected packet:N, time:SECONDS or FUNCTION:N");
        }
    }

    @Test
    @DisplayName("the trace of a megabyte fits in little memory, and a filter makes it short")
    void large() throws Exception {
        Path in = Files.write(folder.resolve("in"), new byte[1 << 20]);
        Path trace = folder.resolve("t.txt");
        run("copy", in.toString(), folder.resolve("out").toString(), "--trace", trace.toString(), "--trace-filter", "function=tcp_write_xmit");
        assertThat(Files.size(trace)).isLessThan(1 << 20);
        assertThat(folder.resolve("out")).hasSameBinaryContentAs(in);
    }

    @Test
    @DisplayName("options that make no sense are refused")
    void options() {
        assertThatThrownBy(() -> Tracing.of(Arguments.parse(new String[] {"run", "x", "--trace-filter", "depth=1"}, 1, Tracing.OPTIONS, Set.of())))
                .isInstanceOf(main.UsageException.class).hasMessageContaining("needs --trace FILE");
        assertThat(Arrays.asList("--trace", "--html", "--stop", "--trace-json")).allMatch(o -> Tracing.wanted(new String[] {o, "x"}));
        assertThat(Tracing.wanted(new String[] {"run", "x"})).isFalse();
    }
}
