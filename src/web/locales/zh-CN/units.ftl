# 单位、时长与日期。
unit-ms = { $n } 毫秒
unit-s = { $n } 秒
unit-min = { $n } 分钟
unit-h = { $n } 小时
unit-d = { $n } 天
unit-both = { $first } { $second }

ago-now = 刚刚
ago-s = { $n } 秒前
ago-min = { $n } 分钟前
ago-h = { $n } 小时前
ago-d = { $n } 天前

date-today = 今天
date-yesterday = 昨天
date-short = { $month }{ $day }日
date-full = { $year }年{ $month }{ $day }日
date-and-time = { $date } { $time }
month-1 = 1月
month-2 = 2月
month-3 = 3月
month-4 = 4月
month-5 = 5月
month-6 = 6月
month-7 = 7月
month-8 = 8月
month-9 = 9月
month-10 = 10月
month-11 = 11月
month-12 = 12月

range-1h = 1 小时
range-6h = 6 小时
range-1d = 1 天

metric-cpu_percent = CPU 使用率
metric-cpu_core_percent = 单核使用率
metric-load_1m = 1 分钟负载
metric-load_5m = 5 分钟负载
metric-load_15m = 15 分钟负载
metric-load_per_core = 每核负载
metric-memory_total_bytes = 内存总量
metric-memory_used_bytes = 已用内存
metric-memory_used_percent = 内存使用率
metric-swap_total_bytes = 交换空间总量
metric-swap_used_bytes = 已用交换空间
metric-swap_used_percent = 交换空间使用率
metric-disk_total_bytes = 磁盘总量
metric-disk_used_bytes = 已用磁盘
metric-disk_used_percent = 磁盘使用率
metric-disk_read_bytes_per_s = 磁盘读取
metric-disk_written_bytes_per_s = 磁盘写入
metric-net_received_bytes_per_s = 网络接收
metric-net_sent_bytes_per_s = 网络发送
metric-temperature_c = 温度
metric-uptime_s = 运行时间
