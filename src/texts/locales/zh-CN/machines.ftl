# 机器：列表、单台机器、表单与代理接入。
machines-title = 机器
machines-count = 共监控 { $n } 台，{ $need ->
    [0] 无需处理
   *[other] { $need } 台需要处理
}，{ $silent ->
    [0] 无失联
   *[other] { $silent } 台失联
}
machines-add = 添加机器
machines-filter = 搜索机器
machines-cells = 全部机器一览
machines-all = 显示全部机器
machines-empty = 还没有监控任何机器
machines-empty-text = 先登记一台：填写机器信息和负责人，即可得到一条让代理接入的命令。代理主动向外连接，不开放端口，也不需要 root 权限。
machines-empty-shared = 他人共享给您的机器会自动显示在这里。
machines-empty-here = 如果要监控服务端所在的这台电脑，可以一并启动：
machines-none = 没有与“{ $filter }”匹配的机器
machines-none-text = 搜索范围包括名称、位置、型号、编号、标签和负责人。减少关键词或筛选条件，可以看到更多机器。

figures = 概览
figure-open = 未恢复的告警
figure-open-none = 没有需要处理的
figure-open-acknowledged = { $n ->
    [0] 均未确认
   *[other] 其中 { $n } 条已确认
}
figure-hottest = 最高温度
figure-hottest-where = { $machine }，{ $sensor }
figure-hottest-none = 尚无传感器数据
figure-silent = 失联机器
figure-silent-none = 所有机器均正常上报
figure-silent-empty = 还没有机器
figure-silent-never = { $machine }，尚未上报
figure-mail = 从读数到邮件
figure-mail-median = 今天 { $n } 封邮件的中位数
figure-mail-none = 尚未发送邮件

seen-never = 从未
machine-waiting = 等待代理接入
machine-join = 接入代理
machine-rejoin = 新的接入令牌
machine-seen = 最近上报
machine-range = 时间范围
machine-silent-title = 还没有收到任何数据
machine-silent-text = 代理尚未接入。生成令牌并在该机器上运行一条命令，收到第一个读数后就会显示曲线。
machine-no-values = 代理已接入，收到第一个读数后就会显示曲线。

chart-cpu = CPU 使用率
chart-load = 负载
chart-memory = 内存
chart-temperature = 温度
chart-disk-space = 磁盘空间
chart-disk = 磁盘读写
chart-network = 网络
chart-note-cores = { $n } 核
chart-note-of = 共 { $total }
chart-note-limit = 上限 { $limit }
chart-note-hottest = { $n } 个传感器中最高
chart-note-in-out = 接收与发送
chart-note-read-write = 读取与写入
chart-more = 另有 { $n } 条
chart-none = 这段时间没有读数
chart-no-sensor = 没有找到温度传感器；虚拟机通常没有。
chart-failed = 曲线加载失败，正在重试。

facts = 详细信息
fact-place = 位置
fact-model = 型号
fact-number = 编号
fact-address = 地址
fact-keeper = 负责人
fact-keeper-none = 无，告警邮件只发给订阅人
fact-agent = 代理
fact-agent-none = 尚未接入
fact-connected = { $time } 起在线
fact-disconnected = 未连接
fact-certificate = 证书
fact-certificate-until = 有效期至 { $date }，到期前自动续期
fact-certificate-none = 无
fact-registered = 登记日期
fact-note = 备注

revoke = 吊销代理
revoke-text = 代理会立即断开，其证书不再被接受；已上报的数据会保留。使用新的令牌可以重新接入。
revoke-do = 吊销 { $name } 的代理
remove-machine-text = 该机器会从所有列表中移除，代理会断开；历史记录仍保留在日志中。

machine-new-title = 添加机器
machine-new-do = 添加并获取命令
machine-edit-title = 编辑 { $name }
form-machine = 机器信息
form-keeper = 负责人
form-keeper-text = 负责照看这台机器的人，告警会发送到其邮箱。信息加密保存，需要时可彻底抹除。
field-machine-name = 名称
field-machine-name-hint = 大家对它的称呼，例如 node-07
field-place = 位置
field-place-hint = 房间与机柜，例如 GPU 机房 A 柜
field-number = 编号
field-number-hint = 资产编号
field-model = 型号
field-address = 地址
field-address-hint = IP 或主机名，仅供查看；代理会主动连接
field-tags = 标签
field-tags-hint = 用逗号分隔，规则可按标签生效
field-note = 备注
field-keeper-name = 姓名
field-keeper-mail = 邮箱
field-keeper-mail-hint = 留空则只发给订阅人
field-keeper-phone = 电话

enrol-title = 接入 { $name }
enrol-copy = 把代理放到机器上
enrol-copy-text = 将程序 watchroom-agent 复制到该机器。它与 watchroom 在同一目录，不需要 root，不开放端口，也不会替服务端执行任何命令。
enrol-run = 在该机器上运行
enrol-run-text = 令牌只显示这一次。其中包含服务端地址和证书指纹，凭它即可接入。
enrol-token = 有效期至 { $time }（还有 { $duration }），可使用 { $n } 次。
enrol-none = 凭令牌可让一个代理以这台机器的身份接入。令牌只显示一次，到期自动失效。
enrol-make = 生成令牌
enrol-again = 重新生成令牌
enrol-wait = 等待接入
enrol-waiting = 正在等待代理连接，本页会自动更新。
enrol-joined = 代理已取得证书，正在等待首次连接。
enrol-connected = 已于 { $time } 连接
enrol-see = 查看曲线
refusal-too_many_keepers = 您的机器已填写 5 个不属于任何已确认账号的邮箱。请改用其中之一或有账号的人，或请操作员填写。
