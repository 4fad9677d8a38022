// SPDX-License-Identifier: GPL-2.0-only
package walkthrough;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import scenario.Library;
import trace.TraceTree;

/** The pages in samples/walkthrough say what is so: their chains are walked, what they refer to exists. */
class WalkthroughTest {
    private static final Path FOLDER = Path.of("samples/walkthrough");
    private static final Pattern BLOCK = Pattern.compile("^```chain (\\S+)\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);
    private static final Pattern FUNCTION = Pattern.compile("`((?:[a-z_0-9]+\\.)+[A-Z]\\w*)#(\\w+)`");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#]+)\\)");
    private static final Pattern RUN = Pattern.compile("-Dexec.args=\"run (\\S+)");

    private static final Map<String, TraceTree> traces = new HashMap<>();

    private static List<Path> pages() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.filter(f -> f.toString().endsWith(".md")).sorted().toList();
        }
    }

    private static String text(Path page) {
        try {
            return Files.readString(page);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static TraceTree trace(String scenario) throws IOException {
        TraceTree t = traces.get(scenario);
        if (t == null) {
            traces.put(scenario, t = TraceTree.of(scenario));
        }
        return t;
    }

    private static List<String> find(Pattern p, String text) {
        List<String> found = new ArrayList<>();
        for (Matcher m = p.matcher(text); m.find(); ) {
            found.add(m.group(1));
        }
        return found;
    }

    @TestFactory
    @DisplayName("each chain is walked in its scenario")
    Stream<DynamicTest> chains() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        for (Path page : pages()) {
            for (Matcher m = BLOCK.matcher(text(page)); m.find(); ) {
                String scenario = m.group(1);
                for (Chain c : Chain.parse(m.group(2).lines().toList())) {
                    tests.add(DynamicTest.dynamicTest(page.getFileName() + ": " + c + " in " + scenario,
                            () -> assertThat(c.missingIn(trace(scenario))).isNull()));
                }
            }
        }
        return tests.stream();
    }

    @TestFactory
    @DisplayName("functions, files and scenarios that a page names exist")
    Stream<DynamicTest> references() throws IOException {
        List<String> scenarios = Library.names();
        return pages().stream().map(page -> DynamicTest.dynamicTest(page.getFileName().toString(), () -> {
            String text = text(page);
            for (Matcher m = FUNCTION.matcher(text); m.find(); ) {
                Class<?> c = Class.forName(m.group(1), false, WalkthroughTest.class.getClassLoader());
                assertThat(Arrays.stream(c.getDeclaredMethods()).map(Method::getName)).as(m.group()).contains(m.group(2));
            }
            for (String link : find(LINK, text)) {
                assertThat(link.startsWith("http") || Files.exists(page.resolveSibling(link))).as(link).isTrue();
            }
            for (String run : find(RUN, text)) {
                assertThat(scenarios.contains(run) || Files.exists(Path.of(run))).as("run " + run).isTrue();
            }
        }));
    }

    @Test
    @DisplayName("each page tells where to set breakpoints and which command to run, and is in the list of pages")
    void complete() throws IOException {
        String list = text(FOLDER.resolve("README.md"));
        for (Path page : pages()) {
            String name = page.getFileName().toString();
            if (!name.equals("README.md")) {
                assertThat(text(page)).as(name).contains("## Why", "## Breakpoints", "## Run it", "--trace").containsPattern(BLOCK).containsPattern(FUNCTION);
                assertThat(list).contains("](" + name + ")");
            }
        }
    }

    @Test
    @DisplayName("the calls that make up Multipath TCP each stand in some chain")
    void everyStep() throws IOException {
        TreeSet<String> named = new TreeSet<>();
        for (Path page : pages()) {
            for (Matcher m = BLOCK.matcher(text(page)); m.find(); ) {
                Chain.parse(m.group(2).lines().toList()).forEach(c -> named.addAll(c.names()));
            }
        }
        assertThat(named).contains("mptcp_enable_sock", "tcp_connect_init", "mptcp_syn_options", "mptcp_synack_options",
                "mptcp_rcv_synsent_state_process", "mptcp_established_options", "mptcp_update_metasocket", "tcp_child_process",
                "mptcp_v4_do_rcv", "mptcp_check_req_child", "mptcp_add_sock", "mptcp_write_xmit", "get_available_subflow", "mptcp_skb_entail",
                "mptcp_save_dss_data_seq", "mptcp_write_dss_mapping", "ip_queue_xmit", "mptcp_write_wakeup", "tcp_rcv_established",
                "tcp_data_queue", "tcp_data_snd_check", "tcp_ack_snd_check", "mptcp_data_ready", "mptcp_queue_skb",
                "mptcp_add_meta_ofo_queue", "tcp_prequeue", "tcp_copy_to_iovec", "mptcp_backlog_rcv");
    }
}
