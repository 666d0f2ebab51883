/*
 * delayline QUEUE MILLISECONDS: takes the packets of one netfilter queue of this network namespace and lets each
 * go on after the given time, in order. The lab uses it where the kernel has no netem queueing discipline.
 * Only packet numbers travel between kernel and program (copy mode "meta"); when this program ends, the rule's
 * --queue-bypass lets packets pass at once.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CAPACITY 65536u /* packets under way at once; a power of two */
#define NANOSECONDS_PER_MS 1000000ll

struct waiting {
  uint32_t id;
  int64_t due;
};

static struct waiting line[CAPACITY];
static uint32_t head, tail; /* count up for ever, taken modulo CAPACITY */
static int sock;
static uint16_t queue;

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000ll + t.tv_nsec;
}

/* Sends one queue message with one attribute. */
static int tell(uint16_t message, uint16_t attribute, const void *value, uint16_t size, uint16_t flags) {
  struct {
    struct nlmsghdr header;
    struct nfgenmsg generic;
    struct nlattr attribute;
    unsigned char value[64];
  } packet;
  memset(&packet, 0, sizeof packet);
  packet.header.nlmsg_type = (NFNL_SUBSYS_QUEUE << 8) | message;
  packet.header.nlmsg_flags = NLM_F_REQUEST | flags;
  packet.header.nlmsg_len = NLMSG_LENGTH(sizeof packet.generic) + NLA_HDRLEN + NLA_ALIGN(size);
  packet.generic.version = NFNETLINK_V0;
  packet.generic.res_id = htons(queue);
  packet.attribute.nla_type = attribute;
  packet.attribute.nla_len = NLA_HDRLEN + size;
  memcpy(packet.value, value, size);
  return send(sock, &packet, packet.header.nlmsg_len, 0) < 0 ? -1 : 0;
}

/* A configuration step; the kernel's answer tells whether it took it. */
static void configure(uint16_t attribute, const void *value, uint16_t size, const char *what) {
  char answer[512];
  ssize_t length;
  struct nlmsghdr *header = (struct nlmsghdr *)answer;
  if (tell(NFQNL_MSG_CONFIG, attribute, value, size, NLM_F_ACK) != 0) {
    perror(what);
    exit(1);
  }
  length = recv(sock, answer, sizeof answer, 0);
  if (length < (ssize_t)NLMSG_LENGTH(sizeof(struct nlmsgerr)) || header->nlmsg_type != NLMSG_ERROR) {
    fprintf(stderr, "%s: no answer from the kernel\n", what);
    exit(1);
  }
  if (((struct nlmsgerr *)NLMSG_DATA(header))->error != 0) {
    fprintf(stderr, "%s: %s\n", what, strerror(-((struct nlmsgerr *)NLMSG_DATA(header))->error));
    exit(1);
  }
}

/* Lets every packet up to this number go on. */
static void release(uint32_t id) {
  struct nfqnl_msg_verdict_hdr verdict = {.verdict = htonl(NF_ACCEPT), .id = htonl(id)};
  tell(NFQNL_MSG_VERDICT_BATCH, NFQA_VERDICT_HDR, &verdict, sizeof verdict, 0);
}

static void release_due(int64_t time) {
  int any = 0;
  uint32_t last = 0;
  while (head != tail && line[head % CAPACITY].due <= time) {
    last = line[head % CAPACITY].id;
    any = 1;
    head++;
  }
  if (any) release(last);
}

static void take(struct nlmsghdr *header, int64_t due) {
  struct nlattr *attribute = (struct nlattr *)((char *)NLMSG_DATA(header) + NLMSG_ALIGN(sizeof(struct nfgenmsg)));
  int left = (int)header->nlmsg_len - (int)NLMSG_LENGTH(sizeof(struct nfgenmsg));
  if (header->nlmsg_type != ((NFNL_SUBSYS_QUEUE << 8) | NFQNL_MSG_PACKET)) return;
  while (left >= (int)NLA_HDRLEN && attribute->nla_len >= NLA_HDRLEN && attribute->nla_len <= left) {
    if ((attribute->nla_type & NLA_TYPE_MASK) == NFQA_PACKET_HDR) {
      struct nfqnl_msg_packet_hdr *packet = (void *)((char *)attribute + NLA_HDRLEN);
      if (tail - head == CAPACITY) release(line[head++ % CAPACITY].id);
      line[tail % CAPACITY].id = ntohl(packet->packet_id);
      line[tail % CAPACITY].due = due;
      tail++;
      return;
    }
    left -= NLA_ALIGN(attribute->nla_len);
    attribute = (struct nlattr *)((char *)attribute + NLA_ALIGN(attribute->nla_len));
  }
}

static void serve(int64_t delay) {
  static char buffer[1 << 16];
  for (;;) {
    struct pollfd ready = {.fd = sock, .events = POLLIN};
    struct timespec wait = {0, 0};
    int64_t time = now();
    release_due(time);
    if (head != tail) {
      int64_t left = line[head % CAPACITY].due - time;
      wait.tv_sec = left / 1000000000ll;
      wait.tv_nsec = left % 1000000000ll;
    }
    if (ppoll(&ready, 1, head != tail ? &wait : NULL, NULL) > 0) {
      ssize_t length = recv(sock, buffer, sizeof buffer, 0);
      struct nlmsghdr *header = (struct nlmsghdr *)buffer;
      if (length < 0 && errno != EINTR && errno != ENOBUFS) return;
      for (time = now(); length > 0 && NLMSG_OK(header, length); header = NLMSG_NEXT(header, length))
        take(header, time + delay);
    }
  }
}

int main(int count, char **words) {
  struct nfqnl_msg_config_cmd bind_queue = {.command = NFQNL_CFG_CMD_BIND};
  struct nfqnl_msg_config_params copy_nothing = {.copy_range = 0, .copy_mode = NFQNL_COPY_META};
  uint32_t capacity = htonl(CAPACITY);
  int receive_buffer = 8 << 20, yes = 1;
  if (count != 3) {
    fprintf(stderr, "usage: delayline QUEUE MILLISECONDS\n");
    return 2;
  }
  queue = (uint16_t)atoi(words[1]);
  sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
  if (sock < 0) {
    perror("socket");
    return 1;
  }
  setsockopt(sock, SOL_SOCKET, SO_RCVBUFFORCE, &receive_buffer, sizeof receive_buffer);
  setsockopt(sock, SOL_NETLINK, NETLINK_NO_ENOBUFS, &yes, sizeof yes);
  configure(NFQA_CFG_CMD, &bind_queue, sizeof bind_queue, "bind the queue");
  configure(NFQA_CFG_PARAMS, &copy_nothing, sizeof copy_nothing, "set the copy mode");
  configure(NFQA_CFG_QUEUE_MAXLEN, &capacity, sizeof capacity, "set the queue's length");
  serve(atoll(words[2]) * NANOSECONDS_PER_MS);
  return 1;
}
