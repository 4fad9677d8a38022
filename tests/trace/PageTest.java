// SPDX-License-Identifier: GPL-2.0-only
package trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import weave.TraceLoader;

class PageTest {
    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    static Path folder;

    private static Path page(String name, String... args) throws IOException {
        Path file = folder.resolve(name + ".html");
        if (!Files.exists(file)) {
            String[] all = java.util.Arrays.copyOf(args, args.length + 2);
            all[args.length] = "--html";
            all[args.length + 1] = file.toString();
            assertThat(TraceLoader.run("main.Main", false, all)).isZero();
        }
        return file;
    }

    private static Path echo() throws IOException {
        return page("echo", "run", "ndiffports2-echo", "--quiet");
    }

    @Test
    @DisplayName("is one file that asks for nothing else")
    void selfContained() throws IOException {
        String text = Files.readString(echo());
        assertThat(text).startsWith("<!DOCTYPE html>").contains("default-src 'none'").doesNotContain("/*DATA*/")
                .doesNotContainPattern("(src|href)=[\"']|@import|fetch\\(|XMLHttpRequest|https?://");
        assertThat(text).contains("\"mptcp_v4_do_rcv\"", "\"title\":\"ndiffports2-echo: two subflows");
    }

    @Test
    @DisplayName("has each packet, who sent it and what changed")
    void data() throws IOException {
        String text = Files.readString(echo());
        assertThat(text.split("\"dev\":\"lo\"")).hasSize(21);
        assertThat(text).contains("\"n\":8,").containsPattern("\"sk\":\"client/subflow 2\",\"text\":\"IP 10.0.0.1.\\d+ > 10.0.0.1.5001: Flags \\[S\\]")
                .contains("mpcb.cnt_subflows 1 \u2192 2");
    }

    @Test
    @DisplayName("can be had of a packetdrill script, too")
    void script() throws IOException {
        String text = Files.readString(page("script", "packetdrill", "tests/packetdrill/kernel/mptcp/addr-remove-second.pkt"));
        assertThat(text).contains("\"dev\":\"tun0\"", "mptcp rem-addr id 7", "\"mptcp_handle_options\"");
    }

    @Nested
    @DisplayName("in a browser")
    class InBrowser {
        private static Browser browser;

        @BeforeAll
        static void start() throws Exception {
            String program = Browser.find();
            assumeTrue(program != null, "no Chromium here: CHROME names one");
            browser = new Browser(program, folder.resolve("profile"));
        }

        @AfterAll
        static void stop() {
            if (browser != null) {
                browser.close();
            }
        }

        private String selected() throws InterruptedException {
            return browser.text("document.querySelector('.row[aria-selected=true] .n').textContent");
        }

        @Test
        @DisplayName("a reader walks through the packets by keyboard and sees options, fields and calls")
        void walk() throws Exception {
            browser.open(echo());
            assertThat(browser.number("document.querySelectorAll('.row').length")).isEqualTo(20);
            assertThat(browser.text("document.getElementById('lanes').innerText")).contains("subflow 1").contains("subflow 2");
            assertThat(selected()).isEqualTo("1");
            for (int i = 0; i < 7; i++) {
                browser.press("ArrowDown");
            }
            assertThat(selected()).isEqualTo("8");
            assertThat(browser.text("document.getElementById('options').innerText")).contains("MP_JOIN: proves that it knows both keys");
            assertThat(browser.text("document.querySelector('.changes').innerText")).contains("server/meta").contains("mpcb.cnt_subflows 1 \u2192 2");
            assertThat(browser.text("[...document.querySelectorAll('#detail h2')].map(h => h.innerText).join()")).containsSubsequence("Sent by", "Received by");
            assertThat(browser.text("document.querySelectorAll('.tree')[1].innerText")).contains("mptcp_check_req_child(").contains("mptcp_add_sock(");
            browser.press("End");
            assertThat(selected()).isEqualTo("20");
            assertThat(browser.text("location.hash")).isEqualTo("#packet=20");
            assertThat(browser.complaints).isEmpty();
        }

        @Test
        @DisplayName("finds a function, goes from one packet that it worked on to the next, and forgets it again")
        void find() throws Exception {
            browser.open(echo());
            browser.press("/");
            browser.type("mptcp_v4_do_rcv");
            assertThat(browser.text("document.getElementById('found').textContent")).matches("in \\d of 20 packets");
            String first = selected();
            assertThat(browser.text("document.querySelector('.tree mark').textContent")).isEqualTo("mptcp_v4_do_rcv");
            browser.press("Enter");
            assertThat(selected()).isNotEqualTo(first);
            browser.press("Escape");
            assertThat(browser.number("document.querySelectorAll('.row.hit').length")).isZero();
            assertThat(browser.complaints).isEmpty();
        }

        @Test
        @DisplayName("folds and unfolds a call")
        void fold() throws Exception {
            browser.open(echo());
            int all = browser.number("document.querySelectorAll('.tree > div:not([hidden])').length");
            browser.text("document.querySelector('.tree [role=treeitem]').focus()");
            browser.press("ArrowLeft");
            assertThat(browser.number("document.querySelectorAll('.tree > div:not([hidden])').length")).isLessThan(all);
            assertThat(browser.text("document.querySelector('.tree [role=treeitem]').getAttribute('aria-expanded')")).isEqualTo("false");
            browser.press("ArrowRight");
            assertThat(browser.number("document.querySelectorAll('.tree > div:not([hidden])').length")).isEqualTo(all);
        }

        @Test
        @DisplayName("plots sequence numbers and windows; a point leads to its packet")
        void plot() throws Exception {
            browser.open(echo());
            browser.press("p");
            assertThat(browser.text("document.getElementById('plot').innerText")).contains("Data sequence numbers, client to server")
                    .contains("Subflow sequence numbers").contains("Congestion window").contains("Segments under way");
            browser.text("document.querySelector('#plot circle').dispatchEvent(new MouseEvent('click', {bubbles: true}))");
            assertThat(selected()).isEqualTo("4");
            assertThat(browser.text("document.getElementById('plot').hidden")).isEqualTo("true");
            assertThat(browser.complaints).isEmpty();
        }

        @Test
        @DisplayName("shows what the relay lost")
        void lost() throws Exception {
            browser.open(page("loss", "run", "tcp-loss-single", "--quiet"));
            assertThat(browser.text("document.getElementById('rows').innerText")).contains(", lost");
        }

        @Test
        @DisplayName("a megabyte over two paths opens in two seconds")
        void large() throws Exception {
            Path in = Files.write(folder.resolve("in"), new byte[1 << 20]);
            browser.open(echo());
            double before = browser.work();
            browser.open(page("large", "copy", in.toString(), folder.resolve("out").toString(), "--mptcp", "--paths", "10ms,1%,10mbit/40ms,0%,50mbit"));
            assertThat(browser.number("document.querySelectorAll('.row').length")).isGreaterThan(1000);
            assertThat(browser.work() - before).isBetween(0.0, 2.0);
        }
    }
}
