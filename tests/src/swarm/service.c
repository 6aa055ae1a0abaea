/* The test service: one static program for every version. What it does is in the file
 * /control/<version> when it starts: "healthy" (the default), "crashing", "unhealthy", "slow" (healthy
 * after three seconds) or "failing" (healthy to itself, and 500 to users). With PORT it answers requests:
 * /version with its version, anything else with "ok"; with the argument "check" it is its own health
 * check. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *ready = "/ready";

static void finish(int signal) { (void)signal; _exit(0); }

static void serve(const char *version, int port, int failing) {
    int listener = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 64)) _exit(3);
    for (;;) {
        int client = accept(listener, 0, 0);
        if (client < 0) continue;
        char request[2048], answer[256];
        ssize_t length = read(client, request, sizeof request - 1);
        if (length > 0) {
            request[length] = 0;
            int of_version = !strncmp(request, "GET /version ", 13);
            const char *status = failing && !of_version ? "500 Internal Server Error" : "200 OK";
            const char *body = of_version ? version : failing ? "failing as told" : "ok";
            int size = snprintf(answer, sizeof answer,
                "HTTP/1.1 %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s", status, strlen(body), body);
            if (write(client, answer, (size_t)size) < 0) { /* they hung up */ }
        }
        close(client);
    }
}

int main(int count, char **arguments) {
    const char *version = getenv("VERSION"), *port = getenv("PORT");
    char path[256], what[32] = "healthy";
    if (!version) return 2;
    if (count > 1 && !strcmp(arguments[1], "check")) return access(ready, F_OK) ? 1 : 0;
    snprintf(path, sizeof path, "/control/%s", version);
    FILE *file = fopen(path, "r");
    if (file) { if (fscanf(file, "%31s", what) != 1) strcpy(what, "healthy"); fclose(file); }
    /* The first process of a container has no default handler. */
    signal(SIGTERM, finish);
    if (!strcmp(what, "crashing")) { fprintf(stderr, "crashing as told\n"); return 1; }
    if (!strcmp(what, "slow")) sleep(3);
    if (strcmp(what, "unhealthy")) close(open(ready, O_CREAT | O_WRONLY, 0644));
    if (port) serve(version, atoi(port), !strcmp(what, "failing"));
    for (;;) pause();
}
