# 通过通知渠道发出的内容：目前是邮件，以后还有其他渠道。
notice-subject = [Watchroom] { $machine }：{ $rule }
notice-subject-test = [Watchroom] 测试
notice-state-fired = 告警
notice-state-resolved = 已恢复
notice-state-test = 测试

notice-above = { $what } { $value }，高于 { $threshold } 已持续 { $duration }
notice-above-now = { $what } { $value }，高于 { $threshold }
notice-below = { $what } { $value }，低于 { $threshold } 已持续 { $duration }
notice-below-now = { $what } { $value }，低于 { $threshold }
notice-value = { $what } { $value }
notice-silent = 已有 { $duration }未上报
notice-headline = { $machine }：{ $what }
notice-silent-explained = 状态未知，不代表宕机。
notice-critical-do = 需要立即有人处理。
notice-warning-do = 请尽快安排人查看。
notice-again = 您可能已经收到过这条通知：无法确定上一次是否送达。
notice-late = 此前无法送达，这条通知因此迟到。

notice-cleared-above = { $what } 回到 { $value }，不再高于 { $threshold }
notice-cleared-below = { $what } 回到 { $value }，不再低于 { $threshold }
notice-cleared = { $what } 回到 { $value }
notice-cleared-plain = { $what } 恢复正常
notice-heard-again = 恢复上报
notice-ended-rule-changed = 规则已修改，将重新判断
notice-ended-rule-removed = 规则已删除
notice-ended-machine-removed = 机器已移除
notice-ended-not-covered = 该规则不再适用于这台机器
notice-ended-series-gone = 该项数据已不再上报
notice-ended-agent-revoked = 代理的密钥已吊销，不再等待其上报
notice-lasted = 共持续 { $duration }。
notice-lasted-acknowledged = 共持续 { $duration }，由 { $by } 确认。
notice-lasted-nobody = 共持续 { $duration }，期间无人确认。
notice-somebody = 某人

notice-series = { $metric }（{ $labels }）
notice-rule-above = { $rule }（高于 { $fire } 持续 { $duration }，低于 { $clear } 恢复）
notice-rule-below = { $rule }（低于 { $fire } 持续 { $duration }，高于 { $clear } 恢复）
notice-rule-silent = { $rule }（{ $duration }未上报）
notice-machine-gone = 已移除的机器
notice-rule-gone = 已删除的规则

notice-fact-severity = 级别
notice-fact-machine = 机器
notice-fact-number = 编号
notice-fact-place = 位置
notice-fact-model = 型号
notice-fact-address = 地址
notice-fact-since = 开始时间
notice-fact-fired = 触发时间
notice-fact-resolved = 恢复时间
notice-fact-rule = 规则
notice-fact-sent = 请求时间
notice-severity-critical = 严重
notice-severity-warning = 警告

notice-link = 查看告警
notice-link-acknowledge = 查看并确认
notice-link-test = 打开 Watchroom
notice-footer-keeper = 您收到此通知，因为您是 { $machine } 的负责人。
notice-footer-subscriber = 您收到此通知，因为您的地址订阅了这些告警。
notice-footer-test = 您收到此通知，因为有人请求 Watchroom 向此地址发送测试。
notice-test-headline = Watchroom 可以在此联系到您
notice-test-explained = 这条测试与每条告警走的是同一条路。当机器需要有人处理时，您会收到类似的通知。

notice-unit-s = { $n } 秒
notice-unit-min = { $n } 分钟
notice-unit-h = { $n } 小时
notice-unit-d = { $n } 天
notice-unit-both = { $first } { $second }
notice-list-separator = ，

notice-metric-cpu_percent = CPU 使用率
notice-metric-cpu_core_percent = 单核使用率
notice-metric-load_1m = 1 分钟负载
notice-metric-load_5m = 5 分钟负载
notice-metric-load_15m = 15 分钟负载
notice-metric-load_per_core = 每核负载
notice-metric-memory_total_bytes = 内存总量
notice-metric-memory_used_bytes = 已用内存
notice-metric-memory_used_percent = 内存使用率
notice-metric-swap_total_bytes = 交换空间总量
notice-metric-swap_used_bytes = 已用交换空间
notice-metric-swap_used_percent = 交换空间使用率
notice-metric-disk_total_bytes = 磁盘总量
notice-metric-disk_used_bytes = 已用磁盘
notice-metric-disk_used_percent = 磁盘使用率
notice-metric-disk_read_bytes_per_s = 磁盘读取
notice-metric-disk_written_bytes_per_s = 磁盘写入
notice-metric-net_received_bytes_per_s = 网络接收
notice-metric-net_sent_bytes_per_s = 网络发送
notice-metric-temperature_c = 温度
notice-metric-uptime_s = 运行时间
# 出厂规则的名称（未被改名时）。
default-temperature = 温度过高
default-gpu-temperature = GPU 温度过高
default-load = 负载过高
default-memory = 内存将满
default-disk = 磁盘渐满
default-disk-full = 磁盘将满
default-check = 检查失败
default-certificate = 证书即将到期
default-collector = 采集器故障
default-silent = 代理失联
default-hub-view = 大量机器同时失联
notice-hub = Watchroom
notice-vanished = { $machines } 台机器同时失联
notice-hub-explained = 可能是监控中心自身断网，请先检查其网络。在此期间不再逐台通知。
notice-hub-hears-again = 大部分机器已恢复上报
notice-calm = 反复出现后已平稳一段时间

# Buttons
notice-action-acknowledge = 确认
notice-action-snooze = 暂停提醒 { $duration }
