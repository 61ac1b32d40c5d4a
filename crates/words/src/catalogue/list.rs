//! What is wrong with a list, and what a reader is told of one.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[
    ("note: {name}: {text}", "注意：{name}：{text}"),
    ("{place}: {message}", "{place}：{message}"),
    (
        "and {more} more problems, or more: the rest was not looked at",
        "另有至少 {more} 个问题：其余部分未检查",
    ),
    ("and {more} more problems", "另有 {more} 个问题"),
    (
        "more than 4 GiB, and it is no file: save it as one",
        "超过 4 GiB，且不是文件：请先存为文件",
    ),
    ("the list cannot be read any more", "名单无法再读取"),
    (
        "the list was changed after it had been checked",
        "名单在检查之后被改动",
    ),
    (
        "the file changed while it was read: try again",
        "文件在读取时被改动：请重试",
    ),
    (
        "asks for the same report as line {first}: take one of them out",
        "与第 {first} 行要的是同一份报告：请删去其中一行",
    ),
    (
        "the list has more than {most} lines: split it",
        "名单超过 {most} 行：请拆分",
    ),
    ("there is too much above: split it", "到此内容过多：请拆分"),
    // How text is read.
    (
        "read as GB18030, because it is not UTF-8",
        "不是 UTF-8，按 GB18030 读取",
    ),
    ("read as UTF-16", "按 UTF-16 读取"),
    (
        "there is no sheet `{sheet}`: this is no workbook",
        "没有工作表 `{sheet}`：这不是工作簿",
    ),
    (
        "the line is longer than 1 MiB: this is no list",
        "这一行超过 1 MiB：这不是名单",
    ),
    (
        "the file is not whole UTF-16 text: save it again as \"CSV UTF-8\"",
        "文件不是完整的 UTF-16 文本：请另存为“CSV UTF-8”",
    ),
    (
        "there are bytes in it that are not UTF-8, as the rest of the file is",
        "其中有字节不是 UTF-8，而文件的其余部分是",
    ),
    (
        "there are bytes in it that are neither UTF-8 nor GB18030",
        "其中有字节既不是 UTF-8 也不是 GB18030",
    ),
    (
        "what begins here is longer than 1 MiB: is a quotation mark (\") left open?",
        "从这里开始的内容超过 1 MiB：是否有引号 (\") 没有闭合？",
    ),
    (
        "there are more than {most} columns: this is no list",
        "超过 {most} 列：这不是名单",
    ),
    // Rows and the header.
    (
        "the row is hidden, by hand or by a filter: show it or delete it",
        "该行被隐藏（手动或筛选）：请取消隐藏或删除",
    ),
    (
        "the row is hidden, by hand or by a filter: show it or delete it, or say what is to become of it (--hidden skip, --hidden take)",
        "该行被隐藏（手动或筛选）：请取消隐藏或删除，或说明如何处理（--hidden skip 跳过，--hidden take 读取）",
    ),
    (
        "the column is hidden: show it or delete it, or say what is to become of it (--hidden skip, --hidden take)",
        "该列被隐藏：请取消隐藏或删除，或说明如何处理（--hidden skip 跳过，--hidden take 读取）",
    ),
    ("a quotation mark (\") is left open", "有引号 (\") 没有闭合"),
    (
        "a quotation mark (\") is left open: there is an odd number of them",
        "有引号 (\") 没有闭合：引号的个数是奇数",
    ),
    (
        "the list is empty: it starts with a header ({names})",
        "名单是空的：第一行应是表头（{names}）",
    ),
    (
        "the list is empty: there is nothing below the header",
        "名单是空的：表头下面没有内容",
    ),
    (
        "the header is missing: the first line must name the columns ({names})",
        "缺少表头：第一行必须写明各列（{names}）",
    ),
    (
        "the header is missing: the first line must name the columns ({names}); for a list of names and nothing else say what is ordered, e.g. --product qcc/snapshot",
        "缺少表头：第一行必须写明各列（{names}）；如果名单只有名称，请说明要下单的产品，例如 --product qcc/snapshot",
    ),
    (
        "this is a web page or XML, whatever the name of the file says: open it in a spreadsheet program and save it as .xlsx or as \"CSV UTF-8\"",
        "无论文件名怎么写，这是网页或 XML：请用表格软件打开，另存为 .xlsx 或“CSV UTF-8”",
    ),
    (
        "no such column `{column}`; did you mean {near}?",
        "没有 `{column}` 这一列；是不是 {near}？",
    ),
    (
        "no such column `{column}`; the columns are {names}",
        "没有 `{column}` 这一列；可用的列有 {names}",
    ),
    ("the column is there twice", "该列重复"),
    (
        "the column means the same as `{before}`: take one of them out",
        "该列与 `{before}` 含义相同：请删去其中一列",
    ),
    (
        "there is no column `product`: add one, or say what is ordered for every line (--product PRODUCT)",
        "没有 `product` 列：请加上，或说明所有行要下单的产品（--product PRODUCT）",
    ),
    (
        "`{text}` looks like a title and not like a name: take it out, or put a header above it ({header})",
        "`{text}` 看起来是标题而不是名称：请删去，或在其上加表头（{header}）",
    ),
    (
        "`{text}` is no name: take the line out",
        "`{text}` 不是名称：请删去这一行",
    ),
    (
        "`{text}` is a heading and no name: take out what stands above it",
        "`{text}` 是表头而不是名称：请删去它上面的内容",
    ),
    (
        "there is more than one value: a list without a header has one name a line, and a name with a separator in it needs quotation marks",
        "不止一个值：没有表头的名单每行一个名称，含分隔符的名称要加引号",
    ),
    (
        "there is a value in a column without a name",
        "没有列名的列中有值",
    ),
    (
        "there are more values than columns: a value with a separator in it needs quotation marks",
        "值比列多：含分隔符的值要加引号",
    ),
    (
        "one cell has a formula: its text is taken as the spreadsheet program computed it last",
        "有 1 个单元格是公式：取表格软件最后一次算出的文本",
    ),
    (
        "{n} cells have formulas: their texts are taken as the spreadsheet program computed them last",
        "有 {n} 个单元格是公式：取表格软件最后一次算出的文本",
    ),
    ("one hidden row was left out", "跳过 1 个隐藏行"),
    ("{n} hidden rows were left out", "跳过 {n} 个隐藏行"),
    // What a line asks for.
    (
        "{product} makes no use of it, it needs {field}",
        "{product} 用不到它，需要的是 {field}",
    ),
    (
        "{product} makes no use of it, it needs one or more of {fields}",
        "{product} 用不到它，需要的是以下一项或多项：{fields}",
    ),
    ("{product} needs {field}", "{product} 需要 {field}"),
    (
        "{product} needs one or more of {fields}",
        "{product} 需要以下一项或多项：{fields}",
    ),
    (
        "the line says {named}, and --product says {ordered}: leave out one of them",
        "该行写的是 {named}，而 --product 是 {ordered}：请去掉其中一个",
    ),
    (
        "the product is missing; there are {products}",
        "缺少产品；可用的产品有 {products}",
    ),
    (
        "no such product `{text}`; did you mean {near}?",
        "没有产品 `{text}`；是不是 {near}？",
    ),
    (
        "no such product `{text}`; there are {products}",
        "没有产品 `{text}`；可用的产品有 {products}",
    ),
    (
        "`{text}` is a spreadsheet's error: its formula has no value",
        "`{text}` 是表格软件的错误值：公式没有结果",
    ),
    (
        "there is a NUL byte in it: the file is damaged, or is no CSV file",
        "其中有 NUL 字节：文件已损坏，或不是 CSV 文件",
    ),
    (
        "there is a line break in it: is a quotation mark (\") left open?",
        "其中有换行：是否有引号 (\") 没有闭合？",
    ),
    (
        "there is a character in it that nobody sees ({character}): take it out",
        "其中有看不见的字符（{character}）：请删去",
    ),
    (
        "it is a formula that no spreadsheet has computed: copy it and paste its value",
        "这是未经计算的公式：请复制后粘贴为值",
    ),
    (
        "`{text}` was rounded by a spreadsheet, its last digits are lost: format the column as text and enter it again",
        "`{text}` 被表格软件舍入，末尾数字已丢失：请将该列设为文本格式后重新输入",
    ),
    // Workbooks.
    (
        "the workbook is damaged, or is none: {why}; save it again as .xlsx or as \"CSV UTF-8\"",
        "工作簿已损坏，或不是工作簿：{why}；请另存为 .xlsx 或“CSV UTF-8”",
    ),
    (
        "the workbook, or something in it, is too large for a list: save the list as \"CSV UTF-8\"",
        "工作簿或其中的内容太大，不像名单：请将名单另存为“CSV UTF-8”",
    ),
    (
        "the workbook is protected by a password: save it without one",
        "工作簿有密码保护：请去掉密码后保存",
    ),
    (
        "this is an old workbook (.xls): save it as .xlsx or as \"CSV UTF-8\" in the spreadsheet program",
        "这是旧格式工作簿 (.xls)：请用表格软件另存为 .xlsx 或“CSV UTF-8”",
    ),
    (
        "this is a binary workbook (.xlsb): save it as .xlsx or as \"CSV UTF-8\" in the spreadsheet program",
        "这是二进制工作簿 (.xlsb)：请用表格软件另存为 .xlsx 或“CSV UTF-8”",
    ),
    (
        "this is an OpenDocument file (.ods): save it as .xlsx or as \"CSV UTF-8\" in the spreadsheet program",
        "这是 OpenDocument 文件 (.ods)：请用表格软件另存为 .xlsx 或“CSV UTF-8”",
    ),
    (
        "this is a file of Numbers: export it as .xlsx or CSV",
        "这是 Numbers 文件：请导出为 .xlsx 或 CSV",
    ),
    (
        "this is a ZIP archive and no workbook: a list is .xlsx or CSV",
        "这是 ZIP 压缩包，不是工作簿：名单应为 .xlsx 或 CSV",
    ),
    (
        "the cells {cells} are merged, only the first of them has a value: unmerge them and fill in each",
        "单元格 {cells} 已合并，只有第一格有值：请取消合并并逐格填写",
    ),
    (
        "there is no sheet `{sheet}`; there are {names}",
        "没有工作表 `{sheet}`；现有 {names}",
    ),
    (
        "the sheet `{sheet}` was read, and not {names}",
        "读取的是工作表 `{sheet}`，没有读 {names}",
    ),
    ("there is no sheet in the workbook", "工作簿中没有工作表"),
    (
        "every sheet with something in it is hidden: say which is the list, --sheet NAME; there are {names}",
        "有内容的工作表都被隐藏：请用 --sheet NAME 指明名单所在的工作表；现有 {names}",
    ),
    (
        "there are several sheets with something in them: say which is the list, --sheet NAME; there are {names}",
        "不止一个工作表有内容：请用 --sheet NAME 指明名单所在的工作表；现有 {names}",
    ),
    (
        "to the spreadsheet this is a date: format the column as text and enter it again",
        "表格软件把它当作日期：请将该列设为文本格式后重新输入",
    ),
    (
        "`{number}` is a number that is shown with zeros before it: format the column as text and enter it again",
        "`{number}` 是数字，前面的零只是显示效果：请将该列设为文本格式后重新输入",
    ),
    (
        "`{number}` is a number, of which a spreadsheet keeps {exact} digits, the others are lost: format the column as text and enter it again",
        "`{number}` 是数字，表格软件只保留 {exact} 位，其余已丢失：请将该列设为文本格式后重新输入",
    ),
    (
        "`{number}` is a number with a sign or a fraction, and no text: format the column as text and enter it again",
        "`{number}` 是带符号或小数的数字，不是文本：请将该列设为文本格式后重新输入",
    ),
    (
        "there is a formula that was never computed: copy it and paste its value",
        "有从未计算过的公式：请复制后粘贴为值",
    ),
    (
        "there is a formula that gives no text: copy it and paste its value as text",
        "有结果不是文本的公式：请复制后粘贴为文本值",
    ),
    (
        "it is the value TRUE or FALSE, and no text",
        "这是逻辑值 TRUE 或 FALSE，不是文本",
    ),
    // What is damaged in one.
    ("a sheet is missing", "缺少一个工作表"),
    ("its main part is missing", "缺少主要部分"),
    ("it has too many parts, or one twice", "部件过多，或有重复"),
    ("it has too many parts", "部件过多"),
    ("a sheet ends in the middle", "工作表不完整"),
    ("the rows of a sheet are not in order", "工作表的行顺序有误"),
    ("a cell has no name", "单元格没有名称"),
    (
        "a cell stands in another row than it says",
        "单元格所在的行与其名称不符",
    ),
    (
        "the cells of a row are not in order",
        "一行的单元格顺序有误",
    ),
    (
        "a cell has a text that is not there",
        "单元格引用的文本不存在",
    ),
    ("a cell is of an unknown kind", "单元格类型未知"),
    ("merged cells have no name", "合并单元格没有名称"),
    ("it names an unknown entity", "引用了未知的实体"),
];
